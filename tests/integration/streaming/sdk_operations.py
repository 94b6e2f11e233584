"""A program that uses OpenAI's Python SDK as its documentation shows. It knows nothing of whom it talks to but
OPENAI_BASE_URL and OPENAI_API_KEY. Prints the name of each operation that worked.
"""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from typing import Any

import openai
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel

MODEL = "fake-1"
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)
WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
CALL_WEATHER = """Weather? [[fake: tool=weather arguments='{"city": "Paris"}']]"""

client = OpenAI(max_retries=0)
operations: list[Callable[[], None]] = []


def operation(function: Callable[[], None]) -> Callable[[], None]:
    operations.append(function)
    return function


def says(content: Any, role: str = "user") -> Any:
    return {"role": role, "content": content}


def ask(content: str, **options: Any) -> Any:
    return client.chat.completions.create(model=MODEL, messages=[says(content)], **options)


def error_of(attempt: Callable[[], object], kind: type[openai.APIError]) -> Any:
    try:
        attempt()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}")


def refusal(kind: type[openai.APIError], content: str = "Hello", asker: OpenAI = client, **options: Any) -> Any:
    asked = {"model": MODEL, "messages": [says(content)], **options}
    return error_of(lambda: asker.chat.completions.create(**asked), kind)


@operation
def list_models() -> None:
    assert MODEL in [model.id for model in client.models.list()]


@operation
def retrieve_model() -> None:
    assert client.models.retrieve(MODEL).object == "model"


@operation
def ask_plainly() -> None:
    answer = ask("Hello [[fake: tokens=3]]")
    assert answer.choices[0].message.content == "word1 word2 word3"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + 3
    assert answer.id.startswith("chatcmpl-")
    assert answer.object == "chat.completion"
    assert answer.model == MODEL
    assert answer._request_id


@operation
def stream() -> None:
    text, reason = "", None
    for chunk in ask("Hello [[fake: tokens=3]]", stream=True):
        assert chunk.object == "chat.completion.chunk"
        text += chunk.choices[0].delta.content or ""
        reason = chunk.choices[0].finish_reason or reason
    assert (text, reason) == ("word1 word2 word3", "stop")


@operation
def stream_with_usage() -> None:
    chunks = list(ask("Hello [[fake: tokens=3]]", stream=True, stream_options={"include_usage": True}))
    assert chunks[-1].choices == []
    assert chunks[-1].usage.completion_tokens == 3
    assert all(chunk.usage is None for chunk in chunks[:-1])
    assert len({chunk.id for chunk in chunks}) == 1


@operation
def stop_early() -> None:
    assert ask("Hello [[fake: tokens=9]]", stop=[" word3"]).choices[0].message.content == "word1 word2"


@operation
def sample() -> None:
    options = {"temperature": 0.1, "top_p": 0.9, "seed": 7, "presence_penalty": 0.5, "frequency_penalty": -0.5, "n": 1}
    assert ask("Hello [[fake: tokens=1]]", **options, user="somebody").choices[0].message.content == "word1"


@operation
def limit_tokens() -> None:
    for name in ("max_tokens", "max_completion_tokens"):
        choice = ask("Hello [[fake: tokens=9]]", **{name: 2}).choices[0]
        assert (choice.message.content, choice.finish_reason) == ("word1 word2", "length")


@operation
def talk_in_turns() -> None:
    first = ask("Hello [[fake: tokens=1]]")
    messages = [says("Hello"), first.choices[0].message, says("More [[fake: tokens=2]]")]
    second = client.chat.completions.create(model=MODEL, messages=messages)
    assert second.choices[0].message.content == "word1 word2"


@operation
def instruct() -> None:
    for role in ("system", "developer"):
        messages = [says("Be brief.", role), says([{"type": "text", "text": "Hello [[fake: tokens=1]]"}])]
        assert client.chat.completions.create(model=MODEL, messages=messages).choices[0].message.content == "word1"


@operation
def call_tools_and_hand_in_the_result() -> None:
    message = ask(CALL_WEATHER, tools=[WEATHER], tool_choice="auto", parallel_tool_calls=False).choices[0].message
    (call,) = message.tool_calls
    assert (message.content, call.function.name, json.loads(call.function.arguments)) == (
        None,
        "weather",
        {"city": "Paris"},
    )
    result: Any = {"role": "tool", "tool_call_id": call.id, "content": "18 degrees"}
    answer = client.chat.completions.create(
        model=MODEL, messages=[says(CALL_WEATHER), message, result], tools=[WEATHER]
    )
    assert answer.choices[0].message.content == "The tool says: 18 degrees"


@operation
def call_tools_in_a_stream() -> None:
    with client.chat.completions.stream(model=MODEL, messages=[says(CALL_WEATHER)], tools=[WEATHER]) as events:
        choice = events.get_final_completion().choices[0]
    assert choice.finish_reason == "tool_calls"
    assert choice.message.tool_calls
    assert choice.message.tool_calls[0].function.arguments == '{"city": "Paris"}'


@operation
def write_json() -> None:
    answer = ask("Say something in JSON", response_format={"type": "json_object"})
    assert json.loads(answer.choices[0].message.content) == {"said": "Say something in JSON"}


@operation
def follow_a_schema() -> None:
    class Event(BaseModel):
        name: str
        people: list[str]
        rooms: int

    answer = client.chat.completions.parse(model=MODEL, messages=[says("Which event?")], response_format=Event)
    assert answer.choices[0].message.parsed == Event(name="text", people=["text"], rooms=1)


@operation
def show_an_image() -> None:
    parts = [
        {"type": "text", "text": "What is it? [[fake: tokens=1]]"},
        {"type": "image_url", "image_url": {"url": PIXEL}},
    ]
    answer = client.chat.completions.create(model="fake-sees", messages=[says(parts)])
    assert answer.choices[0].message.content == "word1"
    elsewhere = [{"type": "image_url", "image_url": {"url": "https://example.org/cat.png"}}]
    error = refusal(openai.BadRequestError, model="fake-sees", messages=[says(elsewhere)])
    assert error.code == "invalid_image_url"
    assert refusal(openai.BadRequestError, messages=[says(parts)]).param == "messages"


@operation
def look_at_probabilities() -> None:
    entries = ask("Hello [[fake: tokens=2]]", logprobs=True, top_logprobs=2).choices[0].logprobs.content
    assert [entry.token for entry in entries] == ["word1", " word2"]


@operation
def leave_a_stream() -> None:
    chunks = ask("Hello [[fake: tokens=2000 rate=100]]", stream=True)
    assert next(iter(chunks)).choices
    chunks.close()


@operation
def ask_asynchronously() -> None:
    async def ask_three() -> list[str | None]:
        async with AsyncOpenAI(max_retries=0) as asynchronous:
            messages = [says("Hello [[fake: tokens=2]]")]
            create = asynchronous.chat.completions.create
            answers = await asyncio.gather(*(create(model=MODEL, messages=messages) for _ in range(2)))
            text = ""
            async for chunk in await create(model=MODEL, messages=messages, stream=True):
                text += chunk.choices[0].delta.content or ""
        return [*(answer.choices[0].message.content for answer in answers), text]

    assert asyncio.run(ask_three()) == ["word1 word2"] * 3


@operation
def store() -> None:
    messages = [says("Keep this [[fake: tokens=1]]")]
    create = client.chat.completions.with_raw_response.create
    response = create(model=MODEL, messages=messages, store=True, metadata={"ticket": "7"})
    assert response.headers["x-conversation-id"]
    assert response.parse().choices[0].message.content == "word1"


@operation
def read_headers() -> None:
    headers = client.chat.completions.with_raw_response.create(model=MODEL, messages=[says("Hello")]).headers
    assert int(headers["x-ratelimit-remaining-requests"]) < int(headers["x-ratelimit-limit-requests"])
    assert headers["x-ratelimit-reset-requests"].endswith("s")
    assert int(headers["openai-processing-ms"]) >= 0
    assert headers["x-request-id"]


@operation
def meet_a_wrong_key() -> None:
    error = refusal(openai.AuthenticationError, asker=OpenAI(api_key="ck-wrong", max_retries=0))
    assert (error.status_code, error.code, error.type) == (401, "invalid_api_key", "invalid_request_error")


@operation
def meet_an_unknown_model() -> None:
    error = refusal(openai.NotFoundError, model="gpt-nothing")
    assert (error.status_code, error.code) == (404, "model_not_found")
    missing = error_of(lambda: client.models.retrieve("gpt-nothing"), openai.NotFoundError)
    assert missing.code == "model_not_found"


@operation
def meet_a_rate_limit() -> None:
    limited = OpenAI(api_key=os.environ["LIMITED_API_KEY"], max_retries=0)
    limited.chat.completions.create(model=MODEL, messages=[says("Hello")])
    error = refusal(openai.RateLimitError, asker=limited)
    assert (error.status_code, error.code, error.type) == (429, "rate_limit_exceeded", "requests")
    assert int(error.response.headers["retry-after"]) > 0
    assert error.response.headers["x-ratelimit-remaining-requests"] == "0"


@operation
def meet_the_end_of_the_context() -> None:
    error = refusal(openai.BadRequestError, "Hello [[fake: context=0]]")
    assert (error.code, error.param, error.type) == ("context_length_exceeded", "messages", "invalid_request_error")


@operation
def meet_the_content_policy() -> None:
    assert refusal(openai.BadRequestError, "a badword").code == "content_policy_violation"


@operation
def meet_a_wrong_parameter() -> None:
    error = refusal(openai.BadRequestError, temperature=3)
    assert (error.param, error.code) == ("temperature", "invalid_value")
    assert refusal(openai.BadRequestError, n=2).param == "n"
    assert refusal(openai.BadRequestError, extra_body={"colour": "red"}).code == "unknown_parameter"


@operation
def meet_a_broken_stream() -> None:
    chunks = ask("Hello [[fake: tokens=9 cut_after=3]]", stream=True)
    assert error_of(lambda: list(chunks), openai.APIError).code == "provider_unavailable"


@operation
def meet_a_provider_that_is_down() -> None:
    error = refusal(openai.InternalServerError, "Hello [[fake: 500]]")
    assert (error.status_code, error.code, error.type) == (503, "provider_unavailable", "server_error")


if __name__ == "__main__":
    for one in operations:
        one()
        sys.stdout.write(f"{one.__name__}\n")
