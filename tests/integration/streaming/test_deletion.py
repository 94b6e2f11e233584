"""A conversation that is deleted while its answer is being written takes the answer with it."""

import asyncio
import json
from typing import Any
from uuid import UUID

import pytest

from chatbot.accounts.models import User
from chatbot.dev.fakellm import FakeLLM
from chatbot.lib.db import in_db
from chatbot.lib.errors import NotFound
from conversations import deletion
from conversations.deletion import delete_conversation, finish_deletions
from conversations.models import Conversation, Message
from streaming.api.sse import _events
from streaming.engine.worker import Engine
from streaming.models import Generation
from streaming.selectors import answer_state, get_generation
from streaming.services import retry_generation
from tests.factories import make_conversation
from tests.integration.streaming.conftest import Follow, Send, answer_id

pytestmark = pytest.mark.django_db(transaction=True)


def is_token(event: dict[str, Any]) -> bool:
    return bool(event["type"] == "token")


@pytest.mark.parametrize("long", [False, True])
async def test_the_provider_is_let_go_and_followers_are_told(
    long: bool, user: User, llm: FakeLLM, engine: Engine, send: Send, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    if long:
        monkeypatch.setattr(deletion, "BATCH", 2)
    talk = await in_db(make_conversation, user, messages=6)
    accepted = await send("[[fake: rate=20 tokens=2000]]", conversation_id=str(talk.pk))
    await follow(accepted, until=is_token)
    answer = answer_id(accepted)
    reader = _events(user, answer, 0, None)
    await anext(reader)
    await in_db(delete_conversation, user=user, conversation_id=UUID(accepted.conversation_id))
    await llm.until(lambda: llm.cancelled == 1, within=3)
    async with asyncio.timeout(15):  # a silent answer is looked at every 5 s
        lines = [line async for line in reader if line != b":\n\n"]
    last = json.loads(lines[-1].removeprefix(b"data: "))
    assert (last["type"], last["code"], last["message_id"]) == ("error", "not_found", str(answer))
    assert await in_db(Conversation.objects.count) == 0
    await in_db(finish_deletions, seconds=60)
    assert await in_db(Message.objects.count) == 0
    assert await in_db(Generation.objects.count) == 0


async def test_what_is_left_of_a_long_one_is_not_found(
    user: User, send: Send, engine: Engine, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletion, "BATCH", 2)
    first = await send("[[fake: 400]]")
    await follow(first)
    second = await send("Hello", conversation_id=first.conversation_id)
    await follow(second)
    await in_db(delete_conversation, user=user, conversation_id=UUID(first.conversation_id))
    assert await in_db(Generation.objects.count) == 1
    for read in (get_generation, answer_state, retry_generation):
        with pytest.raises(NotFound):
            await in_db(read, user=user, message_id=answer_id(first))
