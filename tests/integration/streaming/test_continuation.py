"""A second attempt goes on where readers were, where the target can; otherwise it begins anew."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from chatbot.accounts.models import User
from chatbot.dev.fakellm import FakeLLM, Script
from chatbot.lib.db import in_db
from chatbot.lib.redis import async_redis
from streaming import bell, log, queue, sweeper
from streaming.engine import carry
from streaming.engine.worker import Engine
from streaming.events import Status as StatusEvent
from streaming.events import Token, encode
from streaming.models import Generation, LanguageModel
from streaming.prompts.tokens import estimate_tokens
from streaming.queue import Checkpoint
from streaming.services import stop_generation
from tests.factories import make_model, make_provider
from tests.integration.streaming.conftest import Event, Follow, Send, answer_id, generation_of, text_of, types_of

Status = Generation.Status
Die = Callable[..., Coroutine[Any, Any, None]]
FIFTY = " ".join(f"word{number}" for number in range(1, 51))


def is_retrying(event: Event) -> bool:
    return bool(event.get("status") == "retrying")


@pytest.fixture
def prefilling(model: LanguageModel) -> LanguageModel:
    """The default model, which continues what it is given."""
    model.can_prefill = True
    model.save()
    return model


@pytest.fixture
def die() -> Die:
    """An engine claims the only answer, shows `pieces` of it, keeps the first `kept` of them and dies."""

    async def claim_and_die(*pieces: str, kept: int = 0) -> None:
        (claim,) = await in_db(queue.claim, engine="dead", limit=1)
        message_id = str(claim.message_id)
        events: list[StatusEvent | Token] = [
            StatusEvent(message_id=message_id, seq=1, status="running", attempt=claim.attempt),
            *(Token(message_id=message_id, seq=seq, content=text) for seq, text in enumerate(pieces, start=2)),
        ]
        await log.append([(claim.message_id, log.Entry(event.seq, encode(event))) for event in events])
        await in_db(queue.checkpoint, [Checkpoint(claim, text="".join(pieces[:kept]), seq=1 + kept)])
        await in_db(Generation.objects.update, lease_expires_at=timezone.now() - timedelta(minutes=1))

    return claim_and_die


@asynccontextmanager
async def another_engine() -> AsyncIterator[None]:
    engine = Engine(seats=1, drain_seconds=5)
    running = asyncio.create_task(engine.run())
    yield
    engine.drain()
    await running


async def make_due() -> None:
    await in_db(Generation.objects.update, due_at=timezone.now() - timedelta(minutes=1))
    await in_db(sweeper.sweep)


async def test_a_cut_answer_goes_on_and_nothing_is_said_twice(
    prefilling: LanguageModel, engine: Engine, llm: FakeLLM, send: Send, follow: Follow
) -> None:
    llm.enqueue(Script(tokens=50, cut_after=10), Script(tokens=50))
    accepted = await send()
    before = await follow(accepted, until=is_retrying)
    shown = text_of(before)
    await make_due()
    rest = await follow(accepted, after_seq=before[-1]["seq"])

    assert types_of(rest) == ["status", "reset", "token", "done"]
    assert rest[1]["content"] == shown
    first, second = llm.requests
    assert second.messages == [*first.messages, {"role": "assistant", "content": shown}]
    assert second.body["max_tokens"] == first.body["max_tokens"] - estimate_tokens(shown)
    generation = await generation_of(accepted)
    assert generation.message.content == text_of(rest, shown) == text_of(await follow(accepted)) == FIFTY
    assert generation.message.tokens == estimate_tokens(shown) + 40
    assert rest[-1]["metadata"]["estimated"]


async def test_an_answer_that_is_cut_twice_is_continued_twice(
    prefilling: LanguageModel, engine: Engine, llm: FakeLLM, send: Send, follow: Follow
) -> None:
    llm.enqueue(Script(tokens=50, cut_after=10), Script(tokens=50, disconnect_after=10), Script(tokens=50))
    accepted = await send()
    seq = 0
    for _ in range(2):
        seq = (await follow(accepted, after_seq=seq, until=is_retrying))[-1]["seq"]
        await make_due()
    await follow(accepted, after_seq=seq)
    assert text_of(await follow(accepted)) == (await generation_of(accepted)).message.content == FIFTY
    assert len(llm.requests[-1].messages[-1]["content"].split()) == 20


async def test_what_was_shown_after_the_last_checkpoint_is_continued_when_the_lease_is_lost(
    prefilling: LanguageModel, engine: Engine, llm: FakeLLM, send: Send, follow: Follow
) -> None:
    llm.enqueue(Script(tokens=50, stall_after=5), Script(tokens=50))
    accepted = await send()
    before: list[Event] = []
    while len(text_of(before).split()) < 5:
        last = before[-1]["seq"] if before else 0
        before += await follow(accepted, after_seq=last, until=lambda event: event["type"] == "token")
    assert (await generation_of(accepted)).checkpoint == ""
    await in_db(Generation.objects.update, status=Status.QUEUED, lease_expires_at=None)
    await in_db(bell.wake)
    rest = await follow(accepted, after_seq=before[-1]["seq"])
    llm.release()

    assert next(event for event in rest if event["type"] == "reset")["content"] == text_of(before)
    assert text_of(rest) == (await generation_of(accepted)).message.content == FIFTY


async def test_white_space_at_the_end_of_the_text_is_neither_lost_nor_doubled(
    prefilling: LanguageModel, llm: FakeLLM, send: Send, follow: Follow, die: Die
) -> None:
    llm.default = Script(text="Half an answer \n is whole.")
    accepted = await send()
    await die("Half an", " answer", " \n", kept=2)
    async with another_engine():
        events = await follow(accepted)
    assert llm.requests[-1].messages[-1] == {"role": "assistant", "content": "Half an answer"}
    assert text_of(events) == (await generation_of(accepted)).message.content == "Half an answer \n is whole."


async def test_when_the_log_is_gone_the_checkpoint_is_continued(
    prefilling: LanguageModel, llm: FakeLLM, send: Send, follow: Follow, die: Die
) -> None:
    llm.default = Script(tokens=50)
    accepted = await send()
    await die("word1", " word2", " word3", kept=2)
    await async_redis().delete(f"log:{answer_id(accepted)}")
    async with another_engine():
        events = await follow(accepted)
    assert llm.requests[-1].messages[-1]["content"] == "word1 word2"
    assert text_of(events) == (await generation_of(accepted)).message.content == FIFTY


async def test_a_busy_provider_at_first_leaves_nothing_to_continue(
    prefilling: LanguageModel, engine: Engine, llm: FakeLLM, send: Send, follow: Follow
) -> None:
    llm.enqueue(Script(status=429, retry_after=1), Script(tokens=50))
    accepted = await send()
    await follow(accepted, until=is_retrying)
    await make_due()
    events = await follow(accepted)
    assert [event["content"] for event in events if event["type"] == "reset"] == [""]
    assert llm.requests[-1].messages[-1]["role"] == "user"
    assert text_of(events) == FIFTY


@pytest.mark.parametrize("continues", [True, False])
async def test_each_target_of_the_chain_continues_or_begins_anew_as_it_can(
    prefilling: LanguageModel, engine: Engine, llm: FakeLLM, send: Send, follow: Follow, continues: bool
) -> None:
    async with FakeLLM() as other:
        other.default = Script(tokens=50)

        def set_up() -> None:
            fallback = make_model(make_provider(other.base_url), slug="fake-2", can_prefill=continues)
            LanguageModel.objects.filter(pk=prefilling.pk).update(can_prefill=not continues, fallback=fallback)

        await in_db(set_up)
        llm.enqueue(Script(tokens=50, cut_after=10), Script(status=500))
        accepted = await send()
        shown = text_of(await follow(accepted, until=is_retrying))
        await make_due()
        events = await follow(accepted)
    assert [event["content"] for event in events if event["type"] == "reset"] == [shown if continues else ""]
    assert llm.requests[-1].messages[-1]["role"] == ("user" if continues else "assistant")
    assert text_of(events) == (await generation_of(accepted)).message.content == FIFTY
    assert events[-1]["metadata"]["model"] == "fake-2"


async def test_an_answer_that_was_whole_but_for_its_end_is_completed_as_it_is(
    prefilling: LanguageModel, engine: Engine, llm: FakeLLM, send: Send, follow: Follow
) -> None:
    llm.enqueue(Script(text="It is Paris.", cut_after=3), Script(text="It is Paris."))
    accepted = await send()
    await follow(accepted, until=is_retrying)
    await make_due()
    events = await follow(accepted)
    assert (events[-1]["status"], text_of(events)) == ("completed", "It is Paris.")
    assert (await generation_of(accepted)).message.content == "It is Paris."


async def test_a_stop_between_two_attempts_keeps_the_text(
    prefilling: LanguageModel, engine: Engine, llm: FakeLLM, send: Send, follow: Follow, user: User
) -> None:
    llm.enqueue(Script(tokens=50, cut_after=10, rate=200))
    accepted = await send()
    shown = text_of(await follow(accepted, until=is_retrying))
    await in_db(stop_generation, user=user, message_id=answer_id(accepted))
    events = await follow(accepted)
    assert (events[-1]["status"], len(shown.split())) == ("stopped", 10)
    assert text_of(events) == shown == (await generation_of(accepted)).message.content


async def test_a_stop_in_the_second_attempt_keeps_the_whole_text(
    prefilling: LanguageModel, engine: Engine, llm: FakeLLM, send: Send, follow: Follow, user: User
) -> None:
    llm.enqueue(Script(tokens=50, cut_after=10), Script(tokens=50, stall_after=10))
    accepted = await send()
    await follow(accepted, until=is_retrying)
    await make_due()
    await llm.until(lambda: llm.stalled == 1)
    await in_db(stop_generation, user=user, message_id=answer_id(accepted))
    events = await follow(accepted)
    generation = await generation_of(accepted)
    assert (events[-1]["status"], generation.status) == ("stopped", "stopped")
    assert text_of(events) == generation.message.content == FIFTY[: len(text_of(events))]
    assert 10 < len(text_of(events).split()) <= 20


async def test_readers_and_row_agree_when_the_last_attempts_show_nothing(
    prefilling: LanguageModel, llm: FakeLLM, send: Send, follow: Follow, die: Die
) -> None:
    llm.default = Script(status=422)
    accepted = await send()
    await die("word1", " word2", " word3", kept=1)
    async with another_engine():
        events = await follow(accepted)
    assert events[-1]["status"] == "failed"
    assert text_of(events) == (await generation_of(accepted)).message.content == "word1 word2 word3"


async def test_readers_are_shown_the_checkpoint_when_only_it_is_left(
    prefilling: LanguageModel, llm: FakeLLM, send: Send, follow: Follow, die: Die
) -> None:
    llm.default = Script(status=422)
    accepted = await send()
    await die("word1", " word2", " word3", kept=2)
    await async_redis().delete(f"log:{answer_id(accepted)}")
    async with another_engine():
        events = await follow(accepted)
    assert text_of(events) == (await generation_of(accepted)).message.content == "word1 word2"
    assert types_of(events)[-2:] == ["reset", "done"]


async def test_what_a_lost_engine_showed_is_kept_when_no_attempt_is_left(send: Send, follow: Follow, die: Die) -> None:
    accepted = await send()
    await in_db(Generation.objects.update, attempts_allowed=1)
    await die("word1", " word2", " word3", kept=1)
    await in_db(sweeper.sweep)
    late = log.Entry(5, encode(Token(message_id=str(answer_id(accepted)), seq=5, content=" late")))
    await log.append([(answer_id(accepted), late)])
    events = await follow(accepted)
    assert events[-1]["status"] == "failed"
    assert text_of(events) == (await generation_of(accepted)).message.content == "word1 word2 word3"


async def test_a_stop_after_the_engine_died_keeps_what_was_shown(
    send: Send, follow: Follow, die: Die, user: User
) -> None:
    accepted = await send()
    await die("word1", " word2", " word3", kept=1)
    await in_db(queue.requeue_due)
    await in_db(stop_generation, user=user, message_id=answer_id(accepted))
    events = await follow(accepted)
    assert events[-1]["status"] == "stopped"
    assert text_of(events) == (await generation_of(accepted)).message.content == "word1 word2 word3"


@pytest.mark.parametrize("stopped", [True, False])
async def test_an_attempt_that_ends_before_it_knows_the_text_keeps_it(
    send: Send, follow: Follow, die: Die, user: User, monkeypatch: pytest.MonkeyPatch, stopped: bool
) -> None:
    last_seq, asked = log.last_seq, asyncio.Event()

    async def hang_once(message_id: UUID) -> int:
        if not asked.is_set():
            asked.set()
            await asyncio.Event().wait()
        return await last_seq(message_id)

    accepted = await send()
    await die("word1", " word2", " word3", kept=1)
    await in_db(queue.requeue_due)
    monkeypatch.setattr(log, "last_seq", hang_once)
    # So long that only what ends the attempt ends the wait.
    monkeypatch.setattr(carry, "PATIENCE_SECONDS", 60)
    async with another_engine():
        await asked.wait()
        if stopped:
            await in_db(stop_generation, user=user, message_id=answer_id(accepted))
            events = await follow(accepted)
    generation = await generation_of(accepted)
    if stopped:
        assert events[-1]["status"] == "stopped"
        assert text_of(events) == generation.message.content == "word1 word2 word3"
    else:  # it was drained
        assert (generation.status, generation.checkpoint) == ("queued", "word1")
