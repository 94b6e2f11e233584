"""A reader that is cut off after every single event, of many answers, with every kind of trouble on the way."""

import asyncio
import json
import random

import pytest

from chatbot.accounts.models import Tier, User
from chatbot.lib.db import in_db
from streaming.engine.worker import Engine
from streaming.events import Accepted
from streaming.follow import follow_answer
from streaming.models import LanguageModel
from tests.factories import make_model
from tests.integration.streaming.conftest import Event, Send, answer_id, generation_of, text_of

STREAMS = 200
AT_A_TIME = 25
FAULTS = (
    "",
    "",
    "",
    "cut_after={} times=1",
    "disconnect_after={} times=1",
    "malformed_after={} times=1",
    "503 times=1",
)


@pytest.fixture
def eager(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without limits, retries that are due at once, and a target that never rests."""
    Tier.objects.filter(pk=user.tier_id).update(messages_per_minute=10**6, concurrent_generations=10**6)
    user.tier.refresh_from_db()
    monkeypatch.setattr("streaming.engine.run.backoff_seconds", lambda *_: 0.0)
    monkeypatch.setattr("chatbot.lib.breaker.FAILURES", 10**6)


def question(number: int) -> tuple[str, str]:
    """A prompt that orders an answer, and the text it must have in the end."""
    rng = random.Random(number)
    tokens = rng.randint(3, 14)
    fault = rng.choice(FAULTS).format(rng.randint(0, tokens - 1))
    order = f"{number} [[fake: {fault} tokens={tokens} rate={rng.choice((40, 120, 400))}]]"
    return order, " ".join(f"word{word}" for word in range(1, tokens + 1))


async def next_event(user: User, accepted: Accepted, after_seq: int) -> Event:
    """Follows for one event, then hangs up."""
    source = follow_answer(user=user, message_id=answer_id(accepted), after_seq=after_seq)
    async for entry in source:
        if entry is not None:
            await source.aclose()  # type: ignore[attr-defined]
            return dict(json.loads(entry.payload))
    raise AssertionError("the answer ended without an end")


async def read_with_cuts(user: User, accepted: Accepted) -> list[Event]:
    """Every event of an answer, each on a connection of its own."""
    events: list[Event] = []
    while not events or events[-1]["type"] != "done":
        events.append(await next_event(user, accepted, events[-1]["seq"] if events else 0))
    return events


async def read_on(user: User, accepted: Accepted, seen: list[Event]) -> str:
    """The text of a reader who has `seen` the beginning and follows the rest."""
    source = follow_answer(user=user, message_id=answer_id(accepted), after_seq=seen[-1]["seq"] if seen else 0)
    rest = [json.loads(entry.payload) async for entry in source if entry is not None]
    assert rest[-1]["type"] == "done"
    assert [event["seq"] for event in rest] == sorted({event["seq"] for event in rest})
    return text_of(rest, text_of(seen))


@pytest.mark.usefixtures("eager")
@pytest.mark.timeout(300)
async def test_a_cut_after_any_event_of_any_answer_changes_no_byte(
    engine: Engine, model: LanguageModel, user: User, send: Send
) -> None:
    await in_db(make_model, model.provider, slug="continues", can_prefill=True)
    turn = asyncio.Semaphore(AT_A_TIME)

    async def one(number: int) -> int:
        order, text = question(number)
        async with turn:
            accepted = await send(order, model="continues" if number % 2 else None)
            async with asyncio.timeout(60):
                events = await read_with_cuts(user, accepted)
            assert text_of(events) == text, (order, events)
            assert (await generation_of(accepted)).message.content == text
            for cut in range(len(events)):
                assert await read_on(user, accepted, events[:cut]) == text, (order, cut)
            return len(events)

    cuts = await asyncio.gather(*map(one, range(STREAMS)))
    assert sum(cuts) > 5 * STREAMS
