"""What the streaming tests share: a scripted provider, a model that points to it, an engine in the test's own loop."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from chatbot.accounts.models import User
from chatbot.dev.fakellm import FakeLLM, FakeLLMThread
from chatbot.lib.db import in_db
from chatbot.lib.redis import close_async_redis
from streaming.engine.worker import Engine
from streaming.events import Accepted
from streaming.follow import follow_answer
from streaming.hub import hub
from streaming.models import Generation, LanguageModel
from streaming.services import NewMessage, submit_message
from tests.factories import make_model, make_provider

Event = dict[str, Any]
Send = Callable[..., Coroutine[Any, Any, Accepted]]
Follow = Callable[..., Coroutine[Any, Any, list[Event]]]


@pytest.fixture
async def llm() -> AsyncIterator[FakeLLM]:
    """The provider, on a real port."""
    async with FakeLLM() as server:
        yield server
        server.release()
    await hub().close()
    await close_async_redis()


@pytest.fixture
def provider() -> Iterator[FakeLLMThread]:
    """The provider for synchronous tests, in a thread of its own."""
    with FakeLLMThread() as server:
        yield server


@pytest.fixture
def model(llm: FakeLLM, transactional_db: None) -> LanguageModel:
    """The default model, answered by the scripted provider."""
    return make_model(make_provider(llm.base_url), slug="fake-1", is_default=True)


@pytest.fixture
async def engine(model: LanguageModel) -> AsyncIterator[Engine]:
    """A running engine."""
    running = Engine(seats=10, drain_seconds=5)
    task = asyncio.create_task(running.run())
    yield running
    running.drain()
    await task


@pytest.fixture
def send(user: User, model: LanguageModel) -> Send:
    """Submits a message of `user`."""

    async def submit(content: str = "Hello", *, conversation_id: str | None = None, **fields: Any) -> Accepted:
        new = NewMessage(
            client_message_id=fields.pop("client_message_id", None) or uuid4(),
            content=content,
            conversation_id=UUID(conversation_id) if conversation_id else None,
            **fields,
        )
        return await in_db(submit_message, user=user, new=new)

    return submit


@pytest.fixture
def follow(user: User) -> Follow:
    """Reads the events of an answer until it ends, or until `until` says so."""

    async def read(
        accepted: Accepted, after_seq: int = 0, until: Callable[[Event], bool] = lambda _: False
    ) -> list[Event]:
        events: list[Event] = []
        source = follow_answer(user=user, message_id=answer_id(accepted), after_seq=after_seq)
        async with asyncio.timeout(30):
            async for entry in source:
                if entry is None:
                    continue
                event = json.loads(entry.payload)
                assert event["seq"] == entry.seq
                events.append(event)
                if until(event):
                    break
        await source.aclose()  # type: ignore[attr-defined]
        return events

    return read


def answer_id(accepted: Accepted) -> UUID:
    """The answer's message id."""
    return UUID(accepted.assistant_message["id"])


def text_of(events: list[Event], text: str = "") -> str:
    """What a client shows after `events`."""
    for event in events:
        if event["type"] == "token":
            text += event["content"]
        elif event["type"] in {"reset", "snapshot"}:
            text = event["content"]
    return text


def types_of(events: list[Event]) -> list[str]:
    """The types, with runs of tokens as one."""
    types: list[str] = []
    for event in events:
        if event["type"] != "token" or types[-1:] != ["token"]:
            types.append(event["type"])
    return types


async def generation_of(accepted: Accepted) -> Generation:
    """The row behind an answer."""
    return await in_db(Generation.objects.select_related("message").get, message_id=answer_id(accepted))
