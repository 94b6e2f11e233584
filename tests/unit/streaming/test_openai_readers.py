"""Who waits for an answer: lines leave together, a slow client is not run over, a failure is told once."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest

from streaming.llm.errors import TimedOut, Unavailable
from streaming.llm.relay import Chunk
from streaming.openai_api import wire
from streaming.openai_api.readers import FULL_BYTES, StreamReader, WholeReader
from tests.unit.streaming.test_llm import target

HOUSE = target("http://p")


def chunk(text: str = "word", **fields: Any) -> Chunk:
    return Chunk(json.dumps([{"index": 0, "delta": {"content": text}}]).encode(), text, speaks=True, **fields)


def make_stream(*, include_usage: bool = False) -> StreamReader:
    stream = StreamReader(uuid4(), created=1, include_usage=include_usage)
    stream.began(HOUSE)
    return stream


def objects_in(data: bytes) -> list[Any]:
    return [json.loads(line[6:]) for line in data.split(b"\n\n") if line.startswith(b"data: {")]


async def test_lines_that_come_together_leave_together() -> None:
    stream = make_stream()
    stream.hear(chunk("a"))
    stream.hear(chunk("b"))
    lines = stream.lines()
    first = objects_in(await anext(lines))
    assert [one["choices"][0]["delta"]["content"] for one in first] == ["a", "b"]
    stream.ended({}, None)
    assert await anext(lines) == wire.DONE
    with pytest.raises(StopAsyncIteration):
        await anext(lines)


async def test_a_slow_client_is_waited_for() -> None:
    stream = make_stream()
    while not stream.full:
        stream.hear(chunk("x" * 1_000))
    waiting = asyncio.create_task(stream.drained())
    await asyncio.sleep(0)
    assert not waiting.done()
    assert len(await anext(stream.lines())) > FULL_BYTES
    await waiting
    assert not stream.full


async def test_only_a_silent_stream_is_kept_alive() -> None:
    stream = make_stream()
    stream.hear(chunk())
    lines = stream.lines()
    stream.idle()
    assert wire.KEEP_ALIVE not in await anext(lines)
    stream.idle()
    assert await anext(lines) == wire.KEEP_ALIVE


async def test_nothing_is_sent_before_the_model_has_spoken() -> None:
    stream = StreamReader(uuid4(), created=1, include_usage=False)
    stream.idle()
    stream.idle()
    opened = asyncio.create_task(stream.opened())
    stream.failed(TimedOut("slow"))
    with pytest.raises(TimedOut):
        await opened


async def test_a_failure_in_the_middle_ends_the_stream_without_done() -> None:
    stream = make_stream()
    stream.hear(chunk())
    stream.failed(Unavailable("gone"))
    (data,) = [data async for data in stream.lines()]
    assert objects_in(data)[-1]["error"]["code"] == "provider_unavailable"
    assert wire.DONE not in data


async def test_what_a_chunk_says_beside_its_choices_goes_along() -> None:
    stream = make_stream(include_usage=True)
    stream.hear(chunk(system_fingerprint='fp"1', service_tier="default"))
    stream.hear(chunk())
    stream.ended({"total_tokens": 3}, None)
    (data,) = [data async for data in stream.lines()]
    first, second, last = objects_in(data)
    assert (first["system_fingerprint"], first["service_tier"], first["usage"]) == ('fp"1', "default", None)
    assert "system_fingerprint" not in second
    assert (last["choices"], last["usage"]) == ([], {"total_tokens": 3})


async def test_whoever_has_left_is_told_nothing(caplog: pytest.LogCaptureFixture) -> None:
    whole, stream = WholeReader(uuid4(), created=1), StreamReader(uuid4(), created=1, include_usage=False)
    for waiting in (asyncio.create_task(whole.body()), asyncio.create_task(stream.opened())):
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    whole.began(HOUSE)
    whole.hear(chunk())
    whole.ended({}, {})
    whole.failed(Unavailable("gone"))
    stream.began(HOUSE)
    unheard = WholeReader(uuid4(), created=1)
    unheard.failed(Unavailable("gone"))
    del unheard
    assert not caplog.records
