"""The states of a generation and the follow protocol against a model of them, over random histories.

The services, the queue, the sweeper, the attempts and the followers are the real ones, on the real database and Valkey;
the engine's clock is ours: an attempt runs when a rule says so, and dies without a word when a rule says so.
"""

import asyncio
import json
import os
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from chatbot.accounts.models import Tier, User
from chatbot.lib.db import in_db
from chatbot.lib.errors import GenerationActive, IdempotencyConflict, InvalidInput
from chatbot.lib.redis import async_redis, close_async_redis
from conversations.models import Message
from streaming import log, queue, sweeper
from streaming.engine.attempt import Attempt, Ending
from streaming.engine.publisher import Publisher
from streaming.engine.run import run_attempt
from streaming.events import Accepted
from streaming.follow import follow_answer
from streaming.hub import hub
from streaming.llm import client
from streaming.models import ATTEMPTS, Generation, LanguageModel
from streaming.queue import Claim
from streaming.services import NewMessage, retry_generation, stop_generation, submit_message
from tests.factories import make_model, make_provider, make_user
from tests.integration.streaming.puppet import Call, Puppet

T = TypeVar("T")
# Histories; more are tried with HISTORIES=500.
EXAMPLES = int(os.environ.get("HISTORIES", "25"))
# A history is not made smaller: its hangs and waits would take too long.
PHASES = (Phase.explicit, Phase.generate)
MOST_ANSWERS = 3
A_WHILE = timedelta(seconds=1)
ENDED = {"completed", "stopped", "failed"}


@dataclass
class Reader:
    """One who follows now and then, and keeps the text."""

    seq: int = 0
    text: str = ""
    ends: list[str] = field(default_factory=list)

    def take(self, event: dict[str, Any]) -> None:
        assert event["seq"] > self.seq, "numbers rise"
        assert event["seq"] == self.seq + 1 or event["type"] == "snapshot", "no event is missing"
        self.seq = event["seq"]
        if event["type"] == "token":
            self.text += event["content"]
        elif event["type"] in {"reset", "snapshot"}:
            self.text = event["content"]
        elif event["type"] == "done":
            self.ends.append(event["status"])


@dataclass
class Running:
    """An attempt under way, and the strings of its provider; None where it was over before it asked."""

    attempt: Attempt
    task: "asyncio.Task[None]"
    call: Call | None = None


@dataclass
class Known:
    """What the model knows of an answer. `live` is the attempt that holds the lease, `ghosts` have lost theirs."""

    new: NewMessage
    accepted: Accepted
    status: str = "queued"
    attempt: int = 0
    allowed: int = ATTEMPTS
    stop: bool = False
    live: Running | None = None
    ghosts: list[Running] = field(default_factory=list)
    readers: list[Reader] = field(default_factory=lambda: [Reader(), Reader()])

    @property
    def answer(self) -> UUID:
        """The answer's message."""
        return UUID(self.accepted.assistant_message["id"])

    def after_trouble(self, otherwise: str) -> str:
        """Where an attempt leads that ended without a result."""
        return "stopped" if self.stop else "failed" if self.attempt >= self.allowed else otherwise


class Histories(RuleBasedStateMachine):
    """Everything that can happen to a few answers, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.publisher = Publisher()
        self.puppet = Puppet()
        self.answers: list[Known] = []
        self.run(self._begin())

    async def _begin(self) -> None:
        await self.puppet.__aenter__()
        self.user: User = await in_db(make_people, self.puppet.base_url)
        self.tasks = [
            asyncio.create_task(self.publisher.run()),
            asyncio.create_task(self.publisher.checkpoint_regularly()),
        ]

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs the loop until `work` is done."""
        return self.loop.run_until_complete(asyncio.wait_for(work, 30))

    def db(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Runs a synchronous function of the product."""
        return self.run(in_db(function, *args, **kwargs))

    # -- sends ----------------------------------------------------------------------

    @precondition(lambda self: len(self.answers) < MOST_ANSWERS)
    @rule(model=st.sampled_from(["plain", "continues"]))
    def send(self, model: str) -> None:
        new = NewMessage(client_message_id=uuid4(), content=f"question {len(self.answers)}", model=model)
        self.answers.append(Known(new, self.db(submit_message, user=self.user, new=new)))

    @precondition(lambda self: self.answers)
    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        answer = self.pick(data)
        again = self.db(submit_message, user=self.user, new=answer.new)
        assert again.duplicate
        assert again.assistant_message["id"] == answer.accepted.assistant_message["id"]
        with pytest.raises(IdempotencyConflict):
            self.db(submit_message, user=self.user, new=replace(answer.new, content="something else"))

    # -- the engine -------------------------------------------------------------------

    @precondition(lambda self: self.answers)
    @rule()
    def claim(self) -> None:
        claims = self.db(queue.claim, engine="e", limit=1)
        assert bool(claims) == any(answer.status == "queued" for answer in self.answers)
        for claim in claims:
            answer = next(one for one in self.answers if one.answer == claim.message_id)
            assert answer.status == "queued"
            answer.attempt += 1
            assert (claim.attempt, claim.attempts_allowed) == (answer.attempt, answer.allowed)
            self.run(self._attempt(answer, claim))

    async def _attempt(self, answer: Known, claim: Claim) -> None:
        attempt = Attempt(claim)
        asked = len(self.puppet.calls[answer.new.content])
        answer.live = Running(attempt, asyncio.create_task(run_attempt(attempt, self.publisher)))
        answer.status = "running"
        if answer.stop:
            await answer.live.task
            answer.status, answer.live = "stopped", None
        else:
            answer.live.call = await self.puppet.call(answer.new.content, asked + 1)

    @precondition(lambda self: self.running())
    @rule(data=st.data(), text=st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=8))
    def speak(self, data: st.DataObject, text: str) -> None:
        answer = data.draw(st.sampled_from(self.running()))
        self.run(self._speak(answer, text))

    async def _speak(self, answer: Known, text: str) -> None:
        assert answer.live
        assert answer.live.call
        follower = hub().join(answer.answer)
        before = await log.last_seq(answer.answer)
        await answer.live.call.say(text)
        while await log.last_seq(answer.answer) <= before:
            follower.lagged = False
            await follower.take()
        hub().leave(answer.answer, follower)

    @precondition(lambda self: self.running())
    @rule(data=st.data())
    def complete(self, data: st.DataObject) -> None:
        answer = data.draw(st.sampled_from(self.running()))
        assert answer.live
        self.run(self._end(answer.live, cut=False))
        answer.status, answer.live = "completed", None

    @precondition(lambda self: self.running())
    @rule(data=st.data())
    def cut(self, data: st.DataObject) -> None:
        answer = data.draw(st.sampled_from(self.running()))
        assert answer.live
        self.run(self._end(answer.live, cut=True))
        failed = answer.attempt >= answer.allowed
        answer.status, answer.live = "failed" if failed else answer.after_trouble("retrying"), None

    async def _end(self, running: Running, *, cut: bool) -> None:
        assert running.call
        if cut:
            running.call.cut()
        else:
            await running.call.complete()
        await running.task

    @precondition(lambda self: self.running())
    @rule(data=st.data())
    def drain(self, data: st.DataObject) -> None:
        answer = data.draw(st.sampled_from(self.running()))
        assert answer.live
        self.run(self._cancel(answer.live, Ending.DRAIN))
        answer.status, answer.live, answer.allowed = "queued", None, answer.allowed + 1

    async def _cancel(self, running: Running, ending: Ending) -> None:
        running.attempt.ending = ending
        running.task.cancel()
        await running.task

    @precondition(lambda self: self.running())
    @rule(data=st.data())
    def lose_the_lease(self, data: st.DataObject) -> None:
        answer = data.draw(st.sampled_from(self.running()))
        rows = Generation.objects.filter(message_id=answer.answer)
        self.db(rows.update, lease_expires_at=timezone.now() - A_WHILE)
        assert answer.live
        answer.ghosts.append(answer.live)
        answer.status, answer.live = answer.after_trouble("queued"), None
        self.sweep()

    @precondition(lambda self: any(answer.ghosts for answer in self.answers))
    @rule(data=st.data(), ends=st.booleans())
    def ghost_acts(self, data: st.DataObject, ends: bool) -> None:
        """An engine that lost its lease and does not know it goes on. Nobody may notice."""
        answer = data.draw(st.sampled_from([answer for answer in self.answers if answer.ghosts]))
        ghost = answer.ghosts[0]
        assert ghost.call
        if ends:
            answer.ghosts.remove(ghost)
            self.run(self._end(ghost, cut=data.draw(st.booleans())))
        else:
            self.run(ghost.call.say("boo"))

    @precondition(lambda self: self.answers)
    @rule()
    def heartbeat(self) -> None:
        """The worker's round: leases are renewed, the stopped end, the fenced are dropped."""
        ghosts = [(answer, ghost) for answer in self.answers for ghost in answer.ghosts]
        live = [answer for answer in self.running() if answer.live]
        claims = [answer.live.attempt.claim for answer in live if answer.live]
        claims += [ghost.attempt.claim for _, ghost in ghosts]
        if not claims:
            return
        held = self.db(queue.heartbeat, claims)
        assert held == {answer.live.attempt.claim.generation_id: answer.stop for answer in live if answer.live}
        for answer, ghost in ghosts:
            self.run(self._cancel(ghost, Ending.FENCED))
            answer.ghosts.remove(ghost)
        for answer in live:
            if answer.stop and answer.live:
                self.run(self._cancel(answer.live, Ending.STOP))
                answer.status, answer.live = "stopped", None

    @rule()
    def sweep(self) -> None:
        self.db(sweeper.sweep)
        for answer in self.answers:
            if answer.stop and answer.status in {"queued", "retrying"}:
                answer.status = "stopped"

    @precondition(lambda self: any(answer.status == "retrying" for answer in self.answers))
    @rule()
    def time_passes(self) -> None:
        waiting = [answer for answer in self.answers if answer.status == "retrying"]
        rows = Generation.objects.filter(message_id__in=[answer.answer for answer in waiting])
        self.db(rows.update, due_at=timezone.now() - A_WHILE)
        for answer in waiting:
            answer.status = "stopped" if answer.stop else "queued"
        self.sweep()

    # -- people -------------------------------------------------------------------------

    @precondition(lambda self: self.answers)
    @rule(data=st.data())
    def stop(self, data: st.DataObject) -> None:
        answer = self.pick(data)
        self.db(stop_generation, user=self.user, message_id=answer.answer)
        if answer.status == "running":
            answer.stop = True
        elif answer.status in {"queued", "retrying"}:
            answer.status = "stopped"

    @precondition(lambda self: self.answers)
    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        answer = self.pick(data)
        if answer.status in {"failed", "stopped"}:
            self.db(retry_generation, user=self.user, message_id=answer.answer)
            answer.status, answer.stop, answer.allowed = "queued", False, answer.attempt + ATTEMPTS
        else:
            refusal = InvalidInput if answer.status == "completed" else GenerationActive
            with pytest.raises(refusal):
                self.db(retry_generation, user=self.user, message_id=answer.answer)

    @precondition(lambda self: self.answers)
    @rule(data=st.data(), reader=st.sampled_from([0, 1]))
    def read(self, data: st.DataObject, reader: int) -> None:
        answer = self.pick(data)
        self.run(self._read(answer, answer.readers[reader]))

    async def _read(self, answer: Known, reader: Reader) -> None:
        last = await log.last_seq(answer.answer)
        if answer.status not in ENDED and last <= reader.seq:
            return
        source = follow_answer(user=self.user, message_id=answer.answer, after_seq=reader.seq)
        async for entry in source:
            if entry is not None:
                reader.take(json.loads(entry.payload))
            if answer.status not in ENDED and reader.seq >= last:
                break
        await source.aclose()  # type: ignore[attr-defined]

    @rule()
    def wipe_redis(self) -> None:
        self.run(self._wipe_redis())

    async def _wipe_redis(self) -> None:
        await async_redis().flushdb()

    # -- what always holds ----------------------------------------------------------------

    @invariant()
    def the_rows_are_as_the_model_says(self) -> None:
        rows = self.db(lambda: list(Generation.objects.filter(user=self.user).select_related("message")))
        found = {row.message_id: (row.status, row.attempt, row.attempts_allowed) for row in rows}
        assert found == {answer.answer: (answer.status, answer.attempt, answer.allowed) for answer in self.answers}
        for row in rows:
            assert row.message.status == (row.status if row.status in ENDED else "pending")
        assert self.db(Message.objects.filter(user=self.user).count) == 2 * len(self.answers)

    def teardown(self) -> None:
        """Everything comes to its end, and everybody reads the same."""
        try:
            self.heartbeat()
            for answer in self.answers:
                self.db(stop_generation, user=self.user, message_id=answer.answer)
                if answer.live:
                    self.run(self._cancel(answer.live, Ending.STOP))
                answer.status = answer.status if answer.status in ENDED else "stopped"
            for answer in self.answers:
                row = self.db(Generation.objects.select_related("message").get, message_id=answer.answer)
                assert row.status == answer.status
                for reader in answer.readers:
                    self.run(self._read(answer, reader))
                    assert reader.text == row.message.content
                    assert reader.ends[-1] == row.status
        finally:
            self.run(self._close())
            self.loop.close()

    async def _close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.puppet.__aexit__(None, None, None)
        await client.close()
        await hub().close()
        await close_async_redis()
        await in_db(self.user.delete)

    def pick(self, data: st.DataObject) -> Known:
        """Any of the answers."""
        return data.draw(st.sampled_from(self.answers))

    def running(self) -> list[Known]:
        """Those with a live attempt."""
        return [answer for answer in self.answers if answer.live]


def make_people(base_url: str) -> User:
    """A user without limits, and the models that the puppet plays."""
    LanguageModel.objects.all().delete()
    provider = make_provider(base_url)
    make_model(provider, slug="plain")
    make_model(provider, slug="continues", can_prefill=True)
    user = make_user(f"user-{uuid4().hex[:8]}")
    Tier.objects.filter(pk=user.tier_id).update(messages_per_minute=10**6, concurrent_generations=10**6)
    return User.objects.select_related("tier").get(pk=user.pk)


@pytest.mark.timeout(1_200)
@pytest.mark.usefixtures("transactional_db")
def test_any_history_keeps_every_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatbot.lib.breaker.FAILURES", 10**6)
    run_state_machine_as_test(
        Histories,
        settings=settings(
            phases=PHASES,
            max_examples=EXAMPLES,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
