"""Whole chunks passed on: what they say, who says it, and who takes over."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from chatbot.dev.fakellm import FakeLLM, Script
from streaming.llm import client
from streaming.llm.errors import ContextTooLong, LLMError, Rejected, Unavailable
from streaming.llm.relay import Chunk, Relayed, RelayReader, relay_with_fallback
from streaming.llm.types import Target, Timeouts
from tests.unit.streaming.test_llm import TIMEOUTS, Breaker, target

HELLO = {"messages": [{"role": "user", "content": "Hello"}]}
IMPATIENT = Timeouts(connect=5, first_token=5, token_gap=0.2)


class Listener:
    """Remembers what it hears."""

    def __init__(self) -> None:
        self.targets: list[str] = []
        self.chunks: list[Chunk] = []
        self.full = False
        self.waits = asyncio.Event()
        self.room = asyncio.Event()

    def began(self, target: Target) -> None:
        self.targets.append(target.provider)

    def hear(self, chunk: Chunk) -> None:
        self.chunks.append(chunk)

    async def drained(self) -> None:
        self.waits.set()
        await self.room.wait()
        self.full = False

    @property
    def said(self) -> str:
        return "".join(chunk.said for chunk in self.chunks)


@pytest.fixture
async def llm() -> AsyncIterator[FakeLLM]:
    async with FakeLLM() as server:
        yield server
        server.release()
    await client.close()


@pytest.fixture
def breaker() -> Breaker:
    return Breaker()


async def relay(
    llm: FakeLLM, listener: Listener, breaker: Breaker, body: dict[str, Any] | None = None, limits: Timeouts = TIMEOUTS
) -> Relayed:
    targets = [target(llm.base_url, provider="a"), target(llm.base_url, provider="b")]
    return await relay_with_fallback(
        targets, lambda _: body or HELLO, listener, breaker=breaker, timeouts=limits, on_failure=lambda *_: None
    )


async def test_chunks_are_passed_on_as_they_came_with_the_end_and_the_usage(llm: FakeLLM, breaker: Breaker) -> None:
    llm.default = Script(text="Größe: 東京")
    listener = Listener()
    relayed = await relay(llm, listener, breaker, {**HELLO, "logprobs": True})
    assert listener.said == "Größe: 東京"
    assert listener.targets == ["a"]
    first, *_, last = (json.loads(chunk.choices)[0] for chunk in listener.chunks)
    assert first["delta"]["role"] == "assistant"
    assert json.loads(listener.chunks[1].choices)[0]["logprobs"]["content"][0]["token"] == "Größe:"
    assert last["finish_reason"] == relayed.reason == "stop"
    assert relayed.usage == {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    assert breaker.told == [("a/fake-1", "succeeded")]


async def test_the_words_of_a_tools_call_count_as_said(llm: FakeLLM, breaker: Breaker) -> None:
    tool = {"type": "function", "function": {"name": "weather", "parameters": {}}}
    listener = Listener()
    relayed = await relay(llm, listener, breaker, {**HELLO, "tools": [tool], "tool_choice": "required"})
    assert listener.said == "weather{}"
    assert relayed.reason == "tool_calls"


async def test_a_target_that_only_cleared_its_throat_is_followed_by_the_next(llm: FakeLLM, breaker: Breaker) -> None:
    llm.enqueue(Script(cut_after=0), Script(text="ok"))
    listener = Listener()
    await relay(llm, listener, breaker)
    assert (listener.targets, listener.said) == (["b"], "ok")
    assert sum('"role"' in chunk.choices.decode() for chunk in listener.chunks) == 1
    assert breaker.told == [("a/fake-1", "failed"), ("b/fake-1", "succeeded")]


@pytest.mark.parametrize("fault", ["cut_after", "malformed_after", "error_after", "disconnect_after"])
async def test_what_breaks_after_the_first_word_goes_nowhere_else(llm: FakeLLM, breaker: Breaker, fault: str) -> None:
    llm.default = replace(Script(tokens=9), **{fault: 3})  # type: ignore[arg-type]
    listener = Listener()
    with pytest.raises(Unavailable):
        await relay(llm, listener, breaker)
    assert listener.targets == ["a"]
    assert len(llm.requests) == 1


@pytest.mark.parametrize(
    ("code", "reason"), [("invalid_function_parameters", "invalid_function_parameters"), ("400", None)]
)
async def test_a_refusal_carries_the_providers_own_words(
    llm: FakeLLM, breaker: Breaker, code: str, reason: str | None
) -> None:
    llm.default = Script(status=400, code=code)
    with pytest.raises(Rejected) as refused:
        await relay(llm, Listener(), breaker)
    assert refused.value.reason == reason
    assert refused.value.told == "This model's maximum context length was exceeded."


async def test_what_fits_no_target_is_sent_to_none(llm: FakeLLM, breaker: Breaker) -> None:
    def body_for(_: Target) -> dict[str, Any]:
        raise ContextTooLong("too long")

    with pytest.raises(ContextTooLong):
        await relay_with_fallback(
            [target(llm.base_url)],
            body_for,
            Listener(),
            breaker=breaker,
            timeouts=TIMEOUTS,
            on_failure=lambda *_: None,
        )
    assert not llm.requests


async def test_a_slow_listener_holds_the_provider_back_and_breaks_no_time_limit(llm: FakeLLM, breaker: Breaker) -> None:
    llm.default = Script(tokens=50)
    listener = Listener()
    listener.full = True
    relaying = asyncio.create_task(relay(llm, listener, breaker, limits=IMPATIENT))
    await listener.waits.wait()
    # Twice the time limit between two tokens.
    done, _ = await asyncio.wait({relaying}, timeout=2 * IMPATIENT.token_gap)
    assert not done
    listener.room.set()
    assert (await relaying).reason == "stop"


async def test_cancelling_tells_the_provider_at_once(llm: FakeLLM, breaker: Breaker) -> None:
    llm.default = Script(tokens=50, stall_after=1)
    relaying = asyncio.create_task(relay(llm, Listener(), breaker))
    await llm.until(lambda: llm.stalled == 1)
    relaying.cancel()
    await asyncio.gather(relaying, return_exceptions=True)
    await llm.until(lambda: llm.cancelled == 1)
    assert breaker.told == [("a/fake-1", "released")]


@pytest.mark.parametrize(
    "line",
    [b"not JSON", b"[1]", b'{"choices":7}', b'{"choices":[{"delta":{"content":7}}]}', b'{"usage":[]}', b"\xff"],
)
def test_what_is_no_chunk_is_a_fault_of_the_provider(line: bytes) -> None:
    reader = RelayReader(Listener(), lambda: None)
    with pytest.raises(LLMError):
        reader.feed(b"data: " + line + b"\n\n")


def test_a_chunk_without_choices_is_not_passed_on() -> None:
    listener = Listener()
    reader = RelayReader(listener, lambda: None)
    assert not reader.feed(b'data: {"choices":[],"prompt_filter_results":[]}\n\ndata: {"choices":null}\n\n')
    assert reader.feed(b'data: {"choices":[{"delta":{"refusal":"No"},"finish_reason":"stop"}]}\n\n')
    assert listener.said == "No"
    assert reader.finish() == Relayed("stop", None)
