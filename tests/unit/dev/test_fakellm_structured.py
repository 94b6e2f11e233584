"""The scripted provider's tools, JSON, log probabilities and stops."""

import json
from typing import Any

import pytest
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionMessageFunctionToolCall

from chatbot.dev.fakellm.structured import example_of
from tests.unit.dev.asking import said

pytestmark = pytest.mark.asyncio

WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}},
    },
}


async def test_a_tool_is_called_as_the_script_says(client: AsyncOpenAI) -> None:
    order = """Hi [[fake: tool=weather arguments='{"city":"Paris"}']]"""
    answer = await client.chat.completions.create(model="m", messages=said(order), tools=[WEATHER])
    calls = answer.choices[0].message.tool_calls
    assert calls
    (call,) = calls
    assert isinstance(call, ChatCompletionMessageFunctionToolCall)
    assert (call.function.name, call.function.arguments) == ("weather", '{"city":"Paris"}')
    assert answer.choices[0].finish_reason == "tool_calls"
    assert answer.choices[0].message.content is None


@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "weather"}}])
async def test_a_tool_is_called_as_the_request_says(client: AsyncOpenAI, choice: Any) -> None:
    answer = await client.chat.completions.create(
        model="m", messages=said("Hi"), tools=[WEATHER], tool_choice=choice, stream=True
    )
    name, arguments, reason = "", "", None
    async for chunk in answer:
        for call in chunk.choices[0].delta.tool_calls or ():
            assert call.function
            name += call.function.name or ""
            arguments += call.function.arguments or ""
        reason = chunk.choices[0].finish_reason
    assert (name, json.loads(arguments), reason) == ("weather", {"city": "text", "days": 1}, "tool_calls")


async def test_the_result_of_a_tool_is_answered_with_text(client: AsyncOpenAI) -> None:
    called: Any = {"role": "assistant", "content": None, "tool_calls": [{"id": "1", **WEATHER}]}
    result: Any = {"role": "tool", "tool_call_id": "1", "content": "18 degrees"}
    messages = [*said("Hi [[fake: tool=weather]]"), called, result]
    answer = await client.chat.completions.create(model="m", messages=messages, tools=[WEATHER])
    assert answer.choices[0].message.content == "The tool says: 18 degrees"


async def test_json_is_written_where_it_is_asked_for(client: AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(
        model="m", messages=said("Hi"), response_format={"type": "json_object"}
    )
    assert json.loads(answer.choices[0].message.content or "") == {"said": "Hi"}


async def test_log_probabilities_come_with_each_token(client: AsyncOpenAI) -> None:
    order = said("[[fake: tokens=2]]")
    whole = await client.chat.completions.create(model="m", messages=order, logprobs=True)
    assert whole.choices[0].logprobs
    assert [one.token for one in whole.choices[0].logprobs.content or ()] == ["word1", " word2"]
    streamed = await client.chat.completions.create(model="m", messages=order, logprobs=True, stream=True)
    tokens = [chunk.choices[0].logprobs async for chunk in streamed if chunk.choices[0].logprobs]
    assert [one.content[0].token for one in tokens if one.content] == ["word1", " word2"]


async def test_an_answer_ends_before_a_stop(client: AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(
        model="m", messages=said("[[fake: tokens=9]]"), stop=[" word3", " word5"]
    )
    assert answer.choices[0].message.content == "word1 word2"


@pytest.mark.parametrize(
    ("schema", "example"),
    [
        ({"enum": ["a", "b"]}, "a"),
        ({"type": "array", "items": {"type": "number"}}, [1.5]),
        ({"anyOf": [{"type": "null"}, {"type": "string"}]}, None),
        ({"$defs": {"One": {"const": 7}}, "properties": {"one": {"$ref": "#/$defs/One"}}}, {"one": 7}),
    ],
)
async def test_an_example_follows_its_schema(schema: dict[str, Any], example: Any) -> None:
    assert example_of(schema) == example
