"""The publisher: coalescing, order, and a log that is away for a while."""

import asyncio
import json
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from chatbot.lib.redis import async_redis, close_async_redis, sync_redis
from streaming import log
from streaming.engine.publisher import COALESCE_SECONDS, Publisher, Stream
from streaming.events import Done, Status
from streaming.queue import Claim


@pytest.fixture
async def publisher() -> AsyncIterator[Publisher]:
    running = Publisher()
    task = asyncio.create_task(running.run())
    yield running
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await close_async_redis()


def new_claim() -> Claim:
    return Claim(uuid4(), uuid4(), attempt=1, attempts_allowed=3, checkpoint="", checkpoint_seq=0, age_ms=0.0)


@pytest.fixture
def stream(publisher: Publisher) -> Stream:
    return publisher.open(new_claim())


async def contents(stream: Stream) -> list[str]:
    entries = await log.read(stream.message_id, 0)
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    return [json.loads(entry.payload).get("content", "") for entry in entries]


async def test_the_first_text_leaves_at_once(publisher: Publisher, stream: Stream) -> None:
    publisher.add(stream, "first")
    await publisher.drained()
    assert await contents(stream) == ["first"]


async def test_the_first_text_does_not_wait_for_a_status_before_it(publisher: Publisher, stream: Stream) -> None:
    publisher.emit(stream, Status, status="running", attempt=1)
    await publisher.drained()
    publisher.add(stream, "first")
    await publisher.drained()
    assert await contents(stream) == ["", "first"]


async def test_what_follows_is_coalesced_and_nothing_is_lost(publisher: Publisher, stream: Stream) -> None:
    loop = asyncio.get_running_loop()
    started = loop.time()
    words = [f"{number} " for number in range(300)]
    for word in words:
        publisher.add(stream, word)
        await asyncio.sleep(0.001)
    publisher.emit(stream, Done, status="completed", metadata={})
    took = loop.time() - started
    await publisher.drained()
    events = await contents(stream)
    assert "".join(events) == "".join(words) == stream.text
    assert len(events) <= took / COALESCE_SECONDS + 3


async def test_many_answers_share_their_round_trips(publisher: Publisher, stream: Stream) -> None:
    streams = [publisher.open(new_claim()) for _ in range(50)]
    await async_redis().config_resetstat()
    for one in streams:
        publisher.add(one, "text")
    await publisher.drained()
    for one in streams:
        assert await contents(one) == ["text"]
    # One batch is one write to the socket, so Valkey reads far less often than it runs commands.
    stats = await async_redis().info("stats")
    assert stats["total_reads_processed"] < stats["total_commands_processed"]


async def test_a_lost_connection_delays_but_loses_and_repeats_nothing(publisher: Publisher, stream: Stream) -> None:
    words = [f"{number} " for number in range(200)]
    for number, word in enumerate(words):
        publisher.add(stream, word)
        if number % 50 == 25:
            await asyncio.to_thread(lambda: sync_redis().client_kill_filter(_type="normal", skipme=True))
        await asyncio.sleep(0.001)
    publisher.emit(stream, Done, status="completed", metadata={})
    await publisher.drained()
    assert "".join(await contents(stream)) == "".join(words)


async def test_a_log_that_stands_still_gets_everything_afterwards(publisher: Publisher, stream: Stream) -> None:
    publisher.add(stream, "before ")
    await publisher.drained()
    await async_redis().client_pause(500, all=True)
    publisher.add(stream, "during ")
    publisher.emit(stream, Done, status="completed", metadata={})
    await publisher.drained()
    assert "".join(await contents(stream)) == "before during "
