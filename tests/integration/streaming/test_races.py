"""Two things at once: attempts, stops, ends, deletions."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from chatbot.accounts.models import User
from chatbot.dev.fakellm import FakeLLM, Script
from chatbot.lib.db import in_db
from chatbot.lib.errors import NotFound
from conversations.deletion import delete_conversation
from streaming import bell, log, queue, sweeper
from streaming.engine.worker import Engine
from streaming.hub import hub
from streaming.log import Entry
from streaming.models import Generation
from streaming.queue import Checkpoint, Outcome
from streaming.services import NewMessage, stop_generation, submit_message
from tests.factories import make_model, make_provider
from tests.integration.streaming.conftest import Event, Follow, Send, answer_id, generation_of, text_of

Status = Generation.Status


def is_token(event: Event) -> bool:
    return bool(event["type"] == "token")


def is_retrying(event: Event) -> bool:
    return bool(event.get("status") == "retrying")


async def test_two_attempts_at_once_leave_one_text_in_the_log(
    engine: Engine, llm: FakeLLM, send: Send, follow: Follow
) -> None:
    llm.enqueue(Script(text="old " * 50, stall_after=5), Script(text="new " * 50, rate=200))
    accepted = await send()
    await follow(accepted, until=is_token)
    reading = asyncio.create_task(follow(accepted))
    # As after an outage of the database: the lease ran out, and the same engine claims the row again.
    await in_db(Generation.objects.update, status=Status.QUEUED, lease_expires_at=None)
    await in_db(bell.wake)
    await llm.until(lambda: len(llm.requests) == 2)
    llm.release()
    live = text_of(await reading)
    kept = (await generation_of(accepted)).message.content
    assert kept.split() == ["new"] * 50
    assert live == kept == text_of(await follow(accepted))


async def test_what_the_loser_of_a_lease_still_writes_never_reaches_a_reader(
    engine: Engine, llm: FakeLLM, send: Send, follow: Follow
) -> None:
    llm.enqueue(Script(text="old " * 9, stall_after=3), Script(text="new " * 9))
    accepted = await send()
    before = await follow(accepted, until=is_token)
    await in_db(Generation.objects.update, status=Status.QUEUED, lease_expires_at=None)
    await in_db(bell.wake)
    whole = await follow(accepted, after_seq=before[-1]["seq"])
    late = Entry(before[-1]["seq"] + 1, b'{"type":"token"}')
    await log.append([(answer_id(accepted), late)])
    assert late not in await log.read(answer_id(accepted), 0)
    assert text_of(whole, text_of(before)) == text_of(await follow(accepted)) == "new " * 9


async def test_a_stop_of_an_answer_whose_engine_died_keeps_its_text(send: Send, user: User) -> None:
    accepted = await send()

    def die_and_stop() -> None:
        (claim,) = queue.claim(engine="dead", limit=1)
        queue.checkpoint([Checkpoint(claim, text="What was shown", seq=4)])
        Generation.objects.update(lease_expires_at=timezone.now() - timedelta(minutes=1))
        stop_generation(user=user, message_id=claim.message_id)
        sweeper.sweep()

    await in_db(die_and_stop)
    generation = await generation_of(accepted)
    assert (generation.status, generation.message.content) == (Status.STOPPED, "What was shown")


async def test_text_that_was_shown_outlives_attempts_that_show_nothing(
    engine: Engine, llm: FakeLLM, send: Send, follow: Follow
) -> None:
    llm.enqueue(Script(tokens=30, cut_after=10))
    llm.default = Script(status=500)
    accepted = await send()
    events: list[Event] = []
    for _ in range(2):
        events += await follow(accepted, after_seq=events[-1]["seq"] if events else 0, until=is_retrying)
        await in_db(Generation.objects.update, due_at=timezone.now() - timedelta(minutes=1))
        await in_db(sweeper.sweep)
    events += await follow(accepted, after_seq=events[-1]["seq"])
    generation = await generation_of(accepted)
    assert generation.status == Status.FAILED
    assert len(text_of(events).split()) == 10
    assert generation.message.content == text_of(events)


async def test_a_nul_from_the_model_is_left_out(engine: Engine, llm: FakeLLM, send: Send, follow: Follow) -> None:
    llm.default = Script(text="a \x00b")
    accepted = await send()
    assert text_of(await follow(accepted)) == "a b"
    assert (await generation_of(accepted)).message.content == "a b"


async def test_a_reader_that_leaves_while_it_joins_freezes_nobody(send: Send) -> None:
    answer, other = answer_id(await send()), uuid4()
    keeps_the_connection = hub().join(other)
    hub().leave(answer, hub().join(answer))
    follower = hub().join(answer)
    while not follower.lagged:
        await follower.take()
    follower.lagged = False
    await log.append([(answer, Entry(1, b"live"))])
    assert await follower.take() == [Entry(1, b"live")]
    hub().leave(answer, follower)
    hub().leave(other, keeps_the_connection)


def test_an_end_that_was_committed_twice_says_so_twice(user: User) -> None:
    make_model(make_provider(), slug="fake-1")
    submit_message(user=user, new=NewMessage(client_message_id=uuid4(), content="Hello"))
    (claim,) = queue.claim(engine="e1", limit=1)
    outcome = Outcome(status=Status.COMPLETED, content="Paris", seq=7, tokens=3, metadata={})
    assert queue.finish(claim, outcome)
    assert queue.finish(claim, outcome)
    assert Generation.objects.get().conversation.total_tokens == 3


@pytest.mark.django_db(transaction=True)
def test_deleting_a_conversation_while_its_answer_ends_deadlocks_nobody(user: User) -> None:
    make_model(make_provider(), slug="fake-1")
    user.tier.messages_per_minute = 1_000
    user.tier.save()

    def finish(claim: queue.Claim, barrier: Barrier) -> None:
        try:
            barrier.wait(10)
            queue.finish(claim, Outcome(status=Status.COMPLETED, content="x", seq=1, tokens=1, metadata={}))
        finally:
            connection.close()

    def delete(conversation_id: str, barrier: Barrier) -> None:
        try:
            barrier.wait(10)
            delete_conversation(user=user, conversation_id=conversation_id)  # type: ignore[arg-type]
        except NotFound:
            pass
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        for _ in range(20):
            accepted = submit_message(user=user, new=NewMessage(client_message_id=uuid4(), content="Hello"))
            (claim,) = queue.claim(engine="e1", limit=1)
            barrier = Barrier(2)
            for ended in [
                threads.submit(finish, claim, barrier),
                threads.submit(delete, accepted.conversation_id, barrier),
            ]:
                ended.result(20)
    assert not Generation.objects.exists()
