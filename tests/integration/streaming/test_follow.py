"""Following an answer: from any number, live or later, with the log whole, cut or gone."""

import asyncio
import json

import pytest

from chatbot.accounts.models import User
from chatbot.dev.fakellm import FakeLLM, Script
from chatbot.lib.db import in_db
from chatbot.lib.errors import NotFound
from chatbot.lib.redis import async_redis, sync_redis
from streaming import log
from streaming.engine.worker import Engine
from streaming.events import Token, encode
from streaming.follow import follow_answer
from streaming.hub import MAX_PENDING, MAX_PENDING_BYTES, hub
from streaming.log import Entry
from tests.integration.streaming.conftest import Event, Follow, Send, answer_id, generation_of, text_of


def is_token(event: Event) -> bool:
    return bool(event["type"] == "token")


async def test_cutting_after_any_event_and_following_again_gives_the_same_text(
    engine: Engine, llm: FakeLLM, send: Send, follow: Follow
) -> None:
    llm.default = Script(tokens=60, rate=300)
    accepted = await send()
    whole = await follow(accepted)
    for cut in range(len(whole)):
        rest = await follow(accepted, after_seq=whole[cut]["seq"]) if cut < len(whole) - 1 else []
        assert text_of(rest, text_of(whole[: cut + 1])) == text_of(whole)


async def test_several_followers_of_a_running_answer_see_the_same_events(
    engine: Engine, llm: FakeLLM, send: Send, follow: Follow
) -> None:
    llm.default = Script(tokens=60, rate=200)
    accepted = await send()
    followers = [asyncio.create_task(follow(accepted)) for _ in range(5)]
    first, *others = await asyncio.gather(*followers)
    assert all(events == first for events in others)


async def test_when_the_log_is_gone_the_row_answers(engine: Engine, llm: FakeLLM, send: Send, follow: Follow) -> None:
    llm.default = Script(text="All of it.")
    accepted = await send()
    seen = await follow(accepted)
    await async_redis().flushdb()

    events = await follow(accepted)
    assert [event["type"] for event in events] == ["snapshot", "done"]
    assert text_of(events) == "All of it."
    assert events[-1]["seq"] == seen[-1]["seq"]
    assert events[-1]["metadata"] == seen[-1]["metadata"]


async def test_a_log_that_is_wiped_under_a_running_answer_costs_its_reader_nothing(
    engine: Engine, llm: FakeLLM, send: Send, follow: Follow
) -> None:
    llm.enqueue(Script(tokens=40, stall_after=10))
    accepted = await send()
    before = await follow(accepted, until=is_token)
    await async_redis().flushdb()
    reading = asyncio.create_task(follow(accepted, after_seq=before[-1]["seq"]))
    late = asyncio.create_task(follow(accepted))
    await llm.until(lambda: llm.stalled == 1)
    llm.release()

    text = text_of(await reading, text_of(before))
    assert len(text.split()) == 40
    assert text_of(await late) == text
    assert (await generation_of(accepted)).message.content == text


async def test_a_reader_whose_subscription_breaks_reads_on(
    engine: Engine, llm: FakeLLM, send: Send, follow: Follow
) -> None:
    llm.enqueue(Script(tokens=40, stall_after=10))
    accepted = await send()
    reading = asyncio.create_task(follow(accepted))
    await follow(accepted, until=is_token)
    await asyncio.to_thread(lambda: sync_redis().client_kill_filter(_type="pubsub"))
    await llm.until(lambda: llm.stalled == 1)
    llm.release()
    assert len(text_of(await reading).split()) == 40


async def test_somebody_elses_answer_is_not_found(send: Send, other_user: User) -> None:
    accepted = await send()
    with pytest.raises(NotFound):
        async for _ in follow_answer(user=other_user, message_id=answer_id(accepted), after_seq=0):
            pass


async def test_an_event_is_never_stored_twice_under_one_number(send: Send) -> None:
    answer = answer_id(await send())
    await log.append([(answer, Entry(1, b"first"))])
    await log.append([(answer, Entry(1, b"again")), (answer, Entry(2, b"second"))])
    assert await log.read(answer, 0) == [Entry(1, b"first"), Entry(2, b"second")]
    assert not await in_db(log.append_now, answer, Entry(2, b"again"))
    assert await log.last_seq(answer) == 2


async def test_a_reader_that_falls_behind_goes_back_to_the_stream(send: Send) -> None:
    answer = answer_id(await send())
    follower = hub().join(answer)
    for seq in range(1, MAX_PENDING + 2):
        follower.push(Entry(seq, b"x"))
    assert follower.lagged
    assert follower.overflowed
    assert await follower.take() == []
    hub().leave(answer, follower)


async def test_what_waits_for_a_slow_reader_is_bounded_by_its_bytes(send: Send) -> None:
    answer = answer_id(await send())
    follower = hub().join(answer)
    follower.push(Entry(1, b"x" * (MAX_PENDING_BYTES // 2)))
    assert not follower.lagged
    follower.push(Entry(2, b"x" * (MAX_PENDING_BYTES // 2 + 1)))
    assert follower.lagged
    hub().leave(answer, follower)


async def test_a_slow_reader_gets_a_snapshot_of_what_it_missed(send: Send, user: User) -> None:
    answer = answer_id(await send())
    source = follow_answer(user=user, message_id=answer, after_seq=0)

    async def publish(first: int, last: int) -> None:
        texts = [(seq, encode(Token(message_id=str(answer), seq=seq, content=f"{seq} "))) for seq in range(first, last)]
        await log.append([(answer, Entry(*text)) for text in texts])

    await publish(1, 3)
    seen = [await anext(source), await anext(source)]
    await publish(3, 4)
    seen.append(await anext(source))
    # Nobody reads meanwhile.
    await publish(4, MAX_PENDING + 10)
    await publish(MAX_PENDING + 10, MAX_PENDING + 12)
    while seen[-1] is None or seen[-1].seq < MAX_PENDING + 11:
        seen.append(await anext(source))
    await source.aclose()  # type: ignore[attr-defined]

    events = [json.loads(entry.payload) for entry in seen if entry]
    assert "snapshot" in [event["type"] for event in events]
    assert len(events) < 10
    assert text_of(events) == "".join(f"{seq} " for seq in range(1, MAX_PENDING + 12))
