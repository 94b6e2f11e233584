"""The client and the fallback, against the scripted provider."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from chatbot.dev.fakellm import FakeLLM, Script
from streaming.llm import client
from streaming.llm.chunks import MAX_LINE_BYTES, ChunkReader
from streaming.llm.client import stream_chat
from streaming.llm.errors import (
    AuthenticationFailed,
    ContextTooLong,
    LLMError,
    Misconfigured,
    RateLimited,
    Rejected,
    TimedOut,
    Unavailable,
)
from streaming.llm.fallback import most_hopeful, stream_with_fallback
from streaming.llm.types import ChatMessage, Prompt, Target, Timeouts
from streaming.llm.waits import seconds_until_retry

PROMPT = Prompt([ChatMessage(role="user", content="Hello")], max_tokens=100, tokens=10)
TIMEOUTS = Timeouts(connect=5, first_token=10, token_gap=10)
# Long enough for a busy machine to bring the request to the provider before its patience ends.
IMPATIENT = Timeouts(connect=5, first_token=1.5, token_gap=0.5)


@pytest.fixture
async def llm() -> AsyncIterator[FakeLLM]:
    async with FakeLLM() as server:
        yield server
        server.release()
    await client.close()


def target(base_url: str, **fields: object) -> Target:
    known = {"provider": "p", "api_key": "sk-test", "model": "fake-1", "language_model": "fake-1"}
    sizes = {"context_window": 4_096, "max_output_tokens": 512}
    return Target(**{**known, **sizes, "base_url": base_url, **fields})  # type: ignore[arg-type]


async def test_text_arrives_in_order_with_the_end_and_the_usage(llm: FakeLLM) -> None:
    llm.default = Script(text="Größe: 東京 — *ok*")
    parts: list[str] = []
    finish = await stream_chat(target(llm.base_url), PROMPT, parts.append, TIMEOUTS)
    assert "".join(parts) == "Größe: 東京 — *ok*"
    assert finish.reason == "stop"
    assert finish.prompt_tokens
    assert finish.completion_tokens


async def test_the_request_carries_what_the_target_says(llm: FakeLLM) -> None:
    one = target(llm.base_url, temperature=0.5, parameters={"seed": 7})
    await stream_chat(one, PROMPT, lambda _: None, TIMEOUTS)
    body = llm.requests[-1].body
    assert (body["model"], body["max_tokens"], body["temperature"], body["seed"]) == ("fake-1", 100, 0.5, 7)
    assert body["stream_options"] == {"include_usage": True}


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (Script(status=429), RateLimited),
        (Script(status=429, code="insufficient_quota"), Misconfigured),
        (Script(status=500), Unavailable),
        (Script(status=503), Unavailable),
        (Script(status=401), AuthenticationFailed),
        (Script(status=403), AuthenticationFailed),
        (Script(status=422), Rejected),
        (Script(status=404), Misconfigured),
        (Script(status=408), Unavailable),
        (Script(context=0), ContextTooLong),
        (Script(tokens=9, cut_after=3), Unavailable),
        (Script(tokens=9, disconnect_after=3), Unavailable),
        (Script(tokens=9, malformed_after=3), Unavailable),
    ],
)
async def test_each_fault_has_its_error(llm: FakeLLM, script: Script, error: type[LLMError]) -> None:
    llm.default = script
    with pytest.raises(error):
        await stream_chat(target(llm.base_url), PROMPT, lambda _: None, TIMEOUTS)
    assert len(llm.requests) == 1


async def test_the_wait_that_a_busy_provider_asks_for_is_kept(llm: FakeLLM) -> None:
    llm.default = Script(status=429, retry_after=7)
    with pytest.raises(RateLimited) as refused:
        await stream_chat(target(llm.base_url), PROMPT, lambda _: None, TIMEOUTS)
    assert refused.value.retry_after == 7


@pytest.mark.parametrize("script", [Script(hang=True), Script(stall=True), Script(tokens=9, stall_after=3)])
async def test_a_silent_provider_times_out_and_loses_its_connection(llm: FakeLLM, script: Script) -> None:
    llm.default = script
    with pytest.raises(TimedOut):
        await stream_chat(target(llm.base_url), PROMPT, lambda _: None, IMPATIENT)
    await llm.until(lambda: llm.cancelled == 1)


async def test_a_refused_connection_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        await stream_chat(target("http://127.0.0.1:9/v1"), PROMPT, lambda _: None, TIMEOUTS)
    await client.close()


async def test_cancelling_closes_the_connection(llm: FakeLLM) -> None:
    llm.default = Script(tokens=50, stall_after=1)
    first = asyncio.Event()
    call = asyncio.create_task(stream_chat(target(llm.base_url), PROMPT, lambda _: first.set(), TIMEOUTS))
    await first.wait()
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    await llm.until(lambda: llm.cancelled == 1)


def test_a_target_never_shows_its_key() -> None:
    assert "sk-test" not in repr(target("http://p"))


class Breaker:
    """Remembers what it was told."""

    def __init__(self, *closed_to: str) -> None:
        self.closed_to = closed_to
        self.told: list[tuple[str, str]] = []

    async def rest_of(self, name: str) -> int:
        return 9 if name in self.closed_to else 0

    async def succeeded(self, name: str) -> None:
        self.told.append((name, "succeeded"))

    async def released(self, name: str) -> None:
        self.told.append((name, "released"))

    async def failed(self, name: str) -> bool:
        self.told.append((name, "failed"))
        return False


def same_prompt(one: Target, *, shorter: bool = False) -> Prompt:
    return PROMPT


async def answer(llm: FakeLLM, breaker: Breaker, parts: list[str]) -> str:
    targets = [target(llm.base_url, provider="a"), target(llm.base_url, provider="b")]
    result = await stream_with_fallback(targets, same_prompt, parts.append, breaker=breaker, timeouts=TIMEOUTS)
    return result.target.provider


async def test_the_next_target_answers_when_the_first_is_down(llm: FakeLLM) -> None:
    llm.enqueue(Script(status=500), Script(text="ok"))
    breaker, parts = Breaker(), list[str]()
    assert await answer(llm, breaker, parts) == "b"
    assert breaker.told == [("a/fake-1", "failed"), ("b/fake-1", "succeeded")]
    assert "".join(parts) == "ok"


async def test_a_busy_target_is_not_held_against_it(llm: FakeLLM) -> None:
    llm.enqueue(Script(status=429), Script(text="ok"))
    breaker = Breaker()
    assert await answer(llm, breaker, []) == "b"
    assert breaker.told == [("a/fake-1", "released"), ("b/fake-1", "succeeded")]


async def test_a_resting_target_is_not_asked(llm: FakeLLM) -> None:
    assert await answer(llm, Breaker("a/fake-1"), []) == "b"
    assert len(llm.requests) == 1


async def test_when_all_targets_rest_the_error_says_for_how_long(llm: FakeLLM) -> None:
    with pytest.raises(Unavailable) as refused:
        await answer(llm, Breaker("a/fake-1", "b/fake-1"), [])
    assert refused.value.retry_after == 9
    assert len(llm.requests) == 0


@pytest.mark.parametrize(
    "chunk",
    [
        b'{"choices":null}',
        b'{"choices":[{"delta":null}]}',
        b'{"choices":[],"unknown":1}',
        b'{"choices":[{"delta":{"role":"assistant","content":null}}]}',
    ],
)
def test_a_chunk_without_text_is_no_fault(chunk: bytes) -> None:
    parts: list[str] = []
    reader = ChunkReader(parts.append)
    assert not reader.feed(b"data: " + chunk + b"\n\n")
    assert reader.feed(b'data: {"choices":[{"delta":{"content":"ok"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')
    assert reader.finish().reason == "stop"
    assert parts == ["ok"]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_where_the_network_cuts_the_stream_changes_nothing(size: int) -> None:
    text = "Grüße, 世界 🌍"
    body = b"".join(
        b"data: " + json.dumps({"choices": [{"delta": {"content": char}}]}, ensure_ascii=False).encode() + b"\r\n\r\n"
        for char in text
    )
    body += b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n: comment\n\ndata: [DONE]'
    parts: list[str] = []
    reader = ChunkReader(parts.append)
    for start in range(0, len(body), size):
        reader.feed(body[start : start + size])
    assert reader.finish().reason == "stop"
    assert reader.ended
    assert "".join(parts) == text


def test_nothing_after_the_end_is_read() -> None:
    parts: list[str] = []
    reader = ChunkReader(parts.append)
    reader.feed(b'data: {"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}\ndata: [DONE]\n')
    reader.feed(b'data: {"choices":[{"delta":{"content":"b"}}]}\n')
    assert parts == ["a"]


def test_an_endless_line_is_given_up() -> None:
    reader = ChunkReader(lambda _: None)
    with pytest.raises(Unavailable):
        for _ in range(MAX_LINE_BYTES // 65_536 + 1):
            reader.feed(b"x" * 65_536)


async def test_after_visible_text_there_is_no_other_target(llm: FakeLLM) -> None:
    llm.enqueue(Script(tokens=9, cut_after=3), Script(text="never"))
    parts: list[str] = []
    with pytest.raises(Unavailable):
        await answer(llm, Breaker(), parts)
    assert "never" not in "".join(parts)


async def test_a_rejected_request_is_not_sent_elsewhere(llm: FakeLLM) -> None:
    llm.enqueue(Script(status=422))
    with pytest.raises(Rejected):
        await answer(llm, Breaker(), [])
    assert len(llm.requests) == 1


async def test_silence_before_the_first_token_sends_the_request_elsewhere(llm: FakeLLM) -> None:
    llm.enqueue(Script(stall=True), Script(text="ok"))
    targets = [target(llm.base_url, provider="a"), target(llm.base_url, provider="b")]
    breaker, parts = Breaker(), list[str]()
    result = await stream_with_fallback(targets, same_prompt, parts.append, breaker=breaker, timeouts=IMPATIENT)
    assert (result.target.provider, parts) == ("b", ["ok"])
    assert breaker.told == [("a/fake-1", "failed"), ("b/fake-1", "succeeded")]


async def test_a_refused_key_sends_the_request_elsewhere_and_is_reported(
    llm: FakeLLM, caplog: pytest.LogCaptureFixture
) -> None:
    llm.enqueue(Script(status=401), Script(text="ok"))
    failures: list[tuple[str, type[LLMError]]] = []
    targets = [target(llm.base_url, provider="a"), target(llm.base_url, provider="b")]
    result = await stream_with_fallback(
        targets,
        same_prompt,
        lambda _: None,
        breaker=Breaker(),
        timeouts=TIMEOUTS,
        on_failure=lambda failed, error: failures.append((failed.provider, type(error))),
    )
    assert result.target.provider == "b"
    assert failures == [("a", AuthenticationFailed)]
    assert [record.levelno for record in caplog.records if record.message == "target failed"] == [logging.ERROR]


async def test_a_cancelled_call_gives_its_probe_back(llm: FakeLLM) -> None:
    llm.default = Script(stall=True)
    breaker = Breaker()
    call = asyncio.create_task(answer(llm, breaker, []))
    await llm.until(lambda: llm.stalled == 1)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    assert breaker.told == [("a/fake-1", "released")]


async def test_a_prompt_that_is_too_long_is_asked_once_more_shorter_then_elsewhere(llm: FakeLLM) -> None:
    llm.enqueue(Script(context=0), Script(context=0), Script(text="ok"))
    short = Prompt([ChatMessage(role="user", content="Hi")], max_tokens=100, tokens=2)
    targets = [target(llm.base_url, provider="a"), target(llm.base_url, provider="b")]
    result = await stream_with_fallback(
        targets,
        lambda _, *, shorter=False: short if shorter else PROMPT,
        lambda _: None,
        breaker=Breaker(),
        timeouts=TIMEOUTS,
    )
    assert result.target.provider == "b"
    assert [request.prompt for request in llm.requests] == ["Hello", "Hi", "Hello"]


async def test_a_prompt_that_cannot_be_shortened_is_not_asked_again(llm: FakeLLM) -> None:
    llm.default = Script(context=0)
    with pytest.raises(ContextTooLong):
        await answer(llm, Breaker(), [])
    assert len(llm.requests) == 2


async def test_a_prompt_that_cannot_fit_is_not_even_sent(llm: FakeLLM) -> None:
    def refuse(one: Target, *, shorter: bool = False) -> Prompt:
        raise ContextTooLong("too long")

    with pytest.raises(ContextTooLong):
        await stream_with_fallback([target(llm.base_url)], refuse, lambda _: None, breaker=Breaker(), timeouts=TIMEOUTS)
    assert len(llm.requests) == 0


def test_the_error_that_gives_most_hope_decides() -> None:
    busy, busier = RateLimited("busy", retry_after=7), RateLimited("busier", retry_after=9)
    down, key, long = Unavailable("down"), AuthenticationFailed("key"), ContextTooLong("long")
    assert most_hopeful([down, busier, busy, key, long]) is busy
    assert most_hopeful([key, down, long]) is down
    assert most_hopeful([key, long]) is long
    assert (
        most_hopeful([Unavailable("later", retry_after=20), resting := Unavailable("soon", retry_after=2)]) is resting
    )


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("0.5", 0.5),
        ("-3", 0),
        ("Sun, 06 Nov 1994 08:49:47 GMT", 10),
        ("Sun, 06 Nov 1994 08:49:07 GMT", 0),
        ("Sun, 06 Nov 1994 08:49:47", 10),
        ("nan", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_a_wait_comes_as_seconds_or_as_a_date(header: str | None, seconds: float | None) -> None:
    now = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)
    assert seconds_until_retry(header, now=now) == seconds
