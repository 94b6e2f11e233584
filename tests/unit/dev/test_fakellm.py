"""The scripted fake provider keeps its promises to the OpenAI client and to plain HTTP."""

import asyncio
import json

import httpx2
import openai
import pytest
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionMessageParam

from chatbot.dev.fakellm import FakeLLM, FakeLLMThread, Script, ScriptError
from chatbot.dev.fakellm.script import parse_directive
from tests.unit.dev.asking import ask, said, stream

pytestmark = pytest.mark.asyncio


async def test_it_lists_its_models(client: AsyncOpenAI) -> None:
    assert [model.id async for model in client.models.list()] == ["fake-1", "fake-2"]


async def test_the_default_answer_echoes_the_prompt_and_is_always_the_same(client: AsyncOpenAI) -> None:
    first, second = await ask(client, "Hello\nthere"), await ask(client, "Hello\nthere")
    assert first == second
    assert "> Hello\n> there" in first


async def test_a_stream_says_the_same_as_a_whole_answer(client: AsyncOpenAI) -> None:
    tokens, finish_reason = await stream(client, "Grüße 👋")
    assert "".join(tokens) == await ask(client, "Grüße 👋")
    assert len(tokens) > 5
    assert finish_reason == "stop"


async def test_usage_comes_last_when_asked_for(client: AsyncOpenAI) -> None:
    chunks = [
        chunk
        async for chunk in await client.chat.completions.create(
            model="m",
            messages=said("[[fake: tokens=3]]"),
            stream=True,
            stream_options={"include_usage": True},
        )
    ]
    assert [chunk.usage for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert (chunks[-1].usage.prompt_tokens, chunks[-1].usage.completion_tokens) == (2, 3)


async def test_max_tokens_ends_the_answer_with_length(client: AsyncOpenAI) -> None:
    completion = await client.chat.completions.create(model="m", messages=said("[[fake: tokens=9]]"), max_tokens=2)
    assert completion.choices[0].message.content == "word1 word2"
    assert completion.choices[0].finish_reason == "length"


async def test_a_given_beginning_of_the_answer_is_continued(client: AsyncOpenAI) -> None:
    beginning: ChatCompletionMessageParam = {"role": "assistant", "content": "word1 word2"}
    completion = await client.chat.completions.create(model="m", messages=[*said("[[fake: tokens=3]]"), beginning])
    assert completion.choices[0].message.content == " word3"


async def test_a_wrong_key_is_refused_in_the_shape_of_openai(server: FakeLLM) -> None:
    async with AsyncOpenAI(base_url=server.base_url, api_key="wrong", max_retries=0) as sdk:
        with pytest.raises(openai.AuthenticationError) as refused:
            await ask(sdk, "Hello")
    assert refused.value.code == "invalid_api_key"


async def test_a_fault_with_times_is_over_after_so_many_requests_of_that_text(client: AsyncOpenAI) -> None:
    order = '[[fake: 429 retry_after=1.5 times=2 text="at last"]]'
    for _ in range(2):
        with pytest.raises(openai.RateLimitError) as limited:
            await ask(client, order)
        assert limited.value.response.headers["retry-after"] == "1.5"
    assert await ask(client, order) == "at last"
    with pytest.raises(openai.RateLimitError):
        await ask(client, f"another text {order}")


@pytest.mark.parametrize(
    ("order", "status", "code"),
    [
        ("429", 429, "rate_limit_exceeded"),
        ("429 code=insufficient_quota", 429, "insufficient_quota"),
        ("401", 401, "invalid_api_key"),
        ("400", 400, "context_length_exceeded"),
        ("context_length_exceeded", 400, "context_length_exceeded"),
        ("context=1", 400, "context_length_exceeded"),
        ("500", 500, None),
        ("503", 503, None),
        ("429 colour=blue", 400, "invalid_directive"),
    ],
)
async def test_an_error_can_be_ordered(client: AsyncOpenAI, order: str, status: int, code: str | None) -> None:
    with pytest.raises(openai.APIStatusError) as failed:
        await ask(client, f"Hello [[fake: {order}]]")
    assert (failed.value.status_code, failed.value.code) == (status, code)
    assert "retry-after" not in failed.value.response.headers


@pytest.mark.parametrize("order", ["hang", "stall", "stall_after=2"])
async def test_a_stalled_stream_waits_for_its_release(server: FakeLLM, client: AsyncOpenAI, order: str) -> None:
    answer = asyncio.create_task(stream(client, f"[[fake: {order} tokens=3]]"))
    await server.until(lambda: server.stalled == 1)
    assert not answer.done()
    server.release()
    assert await answer == (["word1", " word2", " word3"], "stop")


async def test_a_client_that_leaves_is_counted(server: FakeLLM, client: AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(model="m", messages=said("[[fake: stall_after=1]]"), stream=True)
    await server.until(lambda: server.stalled == 1)
    await answer.close()
    await server.until(lambda: server.cancelled == 1)
    assert (server.active, server.stalled) == (0, 0)


async def test_closing_the_server_ends_stalled_answers_and_counts_none_as_cancelled(client: AsyncOpenAI) -> None:
    async with FakeLLM() as server:
        sdk = client.with_options(base_url=server.base_url)
        answer = asyncio.create_task(stream(sdk, "[[fake: stall tokens=1]]"))
        await server.until(lambda: server.stalled == 1)
    assert await answer == (["word1"], "stop")
    assert server.cancelled == 0


async def test_a_dropped_connection_keeps_the_tokens_sent_before_it(server: FakeLLM) -> None:
    text = ""
    body = {"model": "m", "messages": said("[[fake: disconnect_after=2 tokens=5]]"), "stream": True}
    headers = {"Authorization": "Bearer any"}
    async with httpx2.AsyncClient(base_url=server.base_url, headers=headers) as http:
        with pytest.raises(httpx2.RemoteProtocolError):
            async with http.stream("POST", "/chat/completions", json=body) as response:
                async for part in response.aiter_text():
                    text += part
    assert "word2" in text
    assert "word3" not in text
    assert server.cancelled == 0


async def test_a_cut_stream_ends_in_order_without_a_finish_reason(client: AsyncOpenAI) -> None:
    assert await stream(client, "[[fake: cut_after=2 tokens=5]]") == (["word1", " word2"], None)


async def test_a_malformed_line_stands_in_place_of_one_token(server: FakeLLM, client: AsyncOpenAI) -> None:
    with pytest.raises(json.JSONDecodeError):
        await stream(client, "[[fake: malformed_after=1 tokens=3]]")
    await server.until(lambda: server.active == 0)


async def test_a_rate_paces_the_tokens(client: AsyncOpenAI) -> None:
    loop = asyncio.get_running_loop()
    started = loop.time()
    tokens, _ = await stream(client, "[[fake: rate=100 tokens=20]]")
    assert len(tokens) == 20
    assert loop.time() - started >= 0.19


async def test_scripts_given_by_the_test_come_before_directives(server: FakeLLM, client: AsyncOpenAI) -> None:
    server.enqueue(Script(status=503), Script(text="second"))
    with pytest.raises(openai.InternalServerError):
        await ask(client, "[[fake: text=third]]")
    assert await ask(client, "[[fake: text=third]]") == "second"
    assert await ask(client, "[[fake: text=third]]") == "third"


async def test_requests_are_kept_for_the_test_to_read(server: FakeLLM, client: AsyncOpenAI) -> None:
    await client.chat.completions.create(model="big", messages=said("Hello"), temperature=0.3)
    (received,) = server.requests
    assert received.body == {"model": "big", "messages": said("Hello"), "temperature": 0.3}
    assert received.headers["authorization"] == "Bearer any"
    assert received.prompt == "Hello"


async def test_the_last_directive_wins_and_parts_are_read() -> None:
    assert parse_directive("[[fake: 429]] then [[fake: stall_after=2 text='two words']]") == Script(
        stall_after=2, text="two words"
    )
    assert parse_directive("plain words") is None
    with pytest.raises(ScriptError, match="sixty"):
        parse_directive("[[fake: rate=sixty]]")


async def test_a_body_without_messages_is_a_client_error(server: FakeLLM) -> None:
    async with httpx2.AsyncClient(base_url=server.base_url, headers={"Authorization": "Bearer any"}) as http:
        for body in ("{", "[]", "{}", '{"messages": []}', '{"messages": ["text"]}'):
            response = await http.post("/chat/completions", content=body)
            assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_body"), body


async def test_the_threaded_server_serves_a_blocking_client() -> None:
    def blocking() -> str:
        with FakeLLMThread() as provider, openai.OpenAI(base_url=provider.base_url, api_key="any") as sdk:
            provider.enqueue(Script(text="from the thread"))
            completion = sdk.chat.completions.create(model="m", messages=said("Hello"))
            provider.until(lambda: provider.server.active == 0)
            return completion.choices[0].message.content or ""

    assert await asyncio.to_thread(blocking) == "from the thread"
