"""Calls of programs: who is let in, how a call is settled, what is kept of it."""

import asyncio
import logging
from base64 import b64encode
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from PIL import Image
from prometheus_client import REGISTRY
from pytest_django import Settings

from chatbot.accounts.models import Tier, User
from chatbot.dev.fakellm import FakeLLM, Script
from chatbot.lib.db import in_db
from chatbot.lib.errors import (
    AppError,
    ContentPolicy,
    Forbidden,
    InvalidInput,
    MessageTooLong,
    NotFound,
    QuotaExceeded,
    RateLimited,
)
from conversations.models import Attachment, Conversation, Message
from moderation.models import Policy, Rule, Verdict
from streaming import ledger
from streaming.completions import run
from streaming.completions.call import Call, NewCompletion
from streaming.completions.run import Run, give_back
from streaming.completions.services import open_completion
from streaming.llm import client
from streaming.llm.errors import LLMError
from streaming.llm.relay import Chunk
from streaming.llm.types import Target
from streaming.models import Completion, LanguageModel
from tests.factories import make_model, make_provider

Status = Completion.Status
pytestmark = pytest.mark.usefixtures("model")


@pytest.fixture(autouse=True)
def tier(user: User, transactional_db: None) -> Tier:
    """What `user` may do; loaded before there is a loop."""
    return user.tier


@pytest.fixture(autouse=True)
async def closed(llm: FakeLLM) -> AsyncIterator[None]:
    """Connections of the test's loop are closed with it."""
    yield
    await client.close()


class Reader:
    """Remembers what it was told."""

    wants_whole = True
    full = False

    def __init__(self) -> None:
        self.heard: list[Chunk] = []
        self.first = asyncio.Event()
        self.idled = asyncio.Event()
        self.over = asyncio.Event()
        self.usage: dict[str, Any] = {}
        self.choice: dict[str, Any] | None = None
        self.error: LLMError | AppError | None = None
        self.status_then = ""

    async def drained(self) -> None:
        """It takes everything."""

    def began(self, target: Target) -> None:
        """Nothing of interest."""

    def hear(self, chunk: Chunk) -> None:
        self.heard.append(chunk)
        self.first.set()

    def idle(self) -> None:
        self.idled.set()

    def ended(self, usage: dict[str, Any], choice: dict[str, Any] | None) -> None:
        self.usage, self.choice = usage, choice
        self.over.set()

    def failed(self, error: LLMError | AppError) -> None:
        self.error = error
        self.over.set()


def asks(content: str = "Hello", **fields: Any) -> NewCompletion:
    messages = fields.pop("messages", None) or [{"role": "user", "content": content}]
    return NewCompletion(**{"model": "fake-1", "messages": messages, "options": {}, **fields})


async def let_in(user: User, content: str = "Hello", **fields: Any) -> Call:
    return await in_db(open_completion, user=user, new=asks(content, **fields))


async def make(call: Call) -> Reader:
    reader = Reader()
    Run(call, reader)
    async with asyncio.timeout(30):
        await reader.over.wait()
    return reader


async def settled(call: Call) -> Completion:
    """The row, once it runs no longer."""
    async with asyncio.timeout(30):
        while (row := await in_db(Completion.objects.get, pk=call.id)).status == Status.RUNNING:
            pass
    return row


def count(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_a_call_is_made_settled_and_measured(user: User, llm: FakeLLM) -> None:
    llm.default = Script(tokens=5)
    labels = {"model": "fake-1", "status": "completed"}
    before = count("chat_message_latency_seconds_count", **labels)
    tokens = count("chat_tokens_total", model="fake-1", kind="completion")
    call = await let_in(user)
    reader = await make(call)
    assert reader.choice
    assert reader.choice["message"]["content"] == "word1 word2 word3 word4 word5"
    assert reader.usage == {"prompt_tokens": 1, "completion_tokens": 5, "total_tokens": 6}
    row = await settled(call)
    assert (row.status, row.prompt_tokens, row.completion_tokens, row.estimated) == (Status.COMPLETED, 1, 5, False)
    assert row.finished_at
    assert count("chat_message_latency_seconds_count", **labels) == before + 1
    assert count("chat_tokens_total", model="fake-1", kind="completion") == tokens + 5


async def test_where_the_provider_does_not_count_we_do(user: User, llm: FakeLLM) -> None:
    llm.default = Script(tokens=5, no_usage=True)
    call = await let_in(user)
    reader = await make(call)
    row = await settled(call)
    assert row.estimated
    assert min(row.prompt_tokens, row.completion_tokens) > 0
    assert reader.usage["completion_tokens"] == row.completion_tokens


async def test_a_cut_answer_is_settled_with_what_was_said(user: User, llm: FakeLLM) -> None:
    llm.default = Script(tokens=9, cut_after=5)
    call = await let_in(user)
    reader = await make(call)
    assert isinstance(reader.error, LLMError)
    row = await settled(call)
    assert (row.status, row.error_code, row.estimated) == (Status.FAILED, "provider_unavailable", True)
    assert row.completion_tokens >= 5
    assert row.prompt_tokens > 0


async def test_what_was_refused_has_cost_nothing(user: User, llm: FakeLLM) -> None:
    llm.default = Script(status=400, code="invalid_value")
    call = await let_in(user)
    await make(call)
    row = await settled(call)
    assert (row.status, row.error_code, row.prompt_tokens, row.completion_tokens) == (
        Status.FAILED,
        "invalid_input",
        0,
        0,
    )


async def test_an_abandoned_call_ends_at_the_provider_and_is_settled(user: User, llm: FakeLLM) -> None:
    llm.default = Script(tokens=9, stall_after=3)
    call, reader = await let_in(user), Reader()
    running = Run(call, reader)
    await reader.first.wait()
    running.abandon()
    await llm.until(lambda: llm.cancelled == 1)
    row = await settled(call)
    assert (row.status, row.estimated) == (Status.CANCELLED, True)
    assert row.completion_tokens > 0
    assert not reader.over.is_set()


async def test_a_call_that_is_abandoned_before_its_first_step_is_settled_too(user: User) -> None:
    call = await let_in(user)
    Run(call, Reader()).abandon()
    assert (await settled(call)).status == Status.CANCELLED


async def test_a_call_that_nobody_makes_is_given_back(user: User) -> None:
    call = await let_in(user)
    give_back(call)
    row = await settled(call)
    assert (row.status, row.prompt_tokens) == (Status.CANCELLED, 0)


async def test_what_has_ended_cannot_be_abandoned(user: User, llm: FakeLLM) -> None:
    call, reader = await let_in(user, store=True), Reader()
    running = Run(call, reader)
    await reader.over.wait()
    running.abandon()
    assert (await settled(call)).status == Status.COMPLETED


async def test_a_long_call_keeps_its_lease_and_its_reader_awake(
    user: User, llm: FakeLLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "BEAT_SECONDS", 0.01)
    llm.default = Script(tokens=9, stall_after=3)
    call, reader = await let_in(user), Reader()
    began = await in_db(Completion.objects.get, pk=call.id)
    Run(call, reader)
    await reader.first.wait()
    await reader.idled.wait()
    async with asyncio.timeout(20):
        while (now := await in_db(Completion.objects.get, pk=call.id)).completion_tokens == 0:
            pass
    assert now.expires_at > began.expires_at
    assert now.status == Status.RUNNING
    llm.release()
    await reader.over.wait()


async def test_a_database_that_is_away_holds_up_the_end_only_for_a_moment(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = asyncio.Event()
    real = ledger.settle

    def settle(*args: Any, **kwargs: Any) -> None:
        if not away.is_set():
            raise OperationalError("away")
        real(*args, **kwargs)

    monkeypatch.setattr(run, "SETTLE_SECONDS", 0.05)
    monkeypatch.setattr(ledger, "settle", settle)
    call = await let_in(user)
    reader = await make(call)
    assert reader.choice
    away.set()
    assert (await settled(call)).status == Status.COMPLETED


async def test_who_may_not_chat_is_not_let_in(user: User) -> None:
    user.can_use_chat = False
    with pytest.raises(Forbidden):
        await let_in(user)


async def test_a_right_that_was_just_taken_counts(user: User) -> None:
    await in_db(User.objects.filter(pk=user.pk).update, can_use_chat=False)
    with pytest.raises(Forbidden):
        await let_in(user)
    assert not await in_db(Completion.objects.exists)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"model": "nothing"}, NotFound),
        ({"model": "fake\x00"}, InvalidInput),
        ({"content": "x" * 101}, MessageTooLong),
        ({"content": "a\x00b"}, InvalidInput),
        ({"messages": [{"role": "tool", "content": "x" * 101, "tool_call_id": "1"}]}, MessageTooLong),
    ],
)
async def test_what_cannot_be_asked_opens_no_row(user: User, fields: dict[str, Any], error: type[AppError]) -> None:
    user.tier.max_message_length = 100
    with pytest.raises(error):
        await let_in(user, **fields)
    assert not await in_db(Completion.objects.exists)


async def test_calls_and_messages_are_taken_from_one_bucket(user: User) -> None:
    user.tier.messages_per_minute = 2
    first = await let_in(user)
    assert (first.rate.limit, first.rate.remaining) == (2, 1)
    await let_in(user)
    with pytest.raises(RateLimited) as refused:
        await let_in(user)
    assert refused.value.headers["X-RateLimit-Limit"] == "2"


async def test_more_at_once_than_allowed_are_refused_until_one_ends(user: User) -> None:
    user.tier.concurrent_generations = 1
    await in_db(user.tier.save)
    first = await let_in(user)
    with pytest.raises(QuotaExceeded):
        await let_in(user)
    await make(first)
    await let_in(user)


async def test_a_blocked_prompt_is_refused_wherever_it_stands(user: User, llm: FakeLLM) -> None:
    policy = await in_db(Policy.objects.create, name="Test")
    await in_db(Rule.objects.create, policy=policy, value="badword", action="block")
    history = [
        {"role": "user", "content": "a badword"},
        {"role": "assistant", "content": "Yes?"},
        {"role": "user", "content": "Go on"},
    ]
    for fields in ({"content": "badword"}, {"messages": history}):
        with pytest.raises(ContentPolicy):
            await let_in(user, **fields)
    assert await in_db(Verdict.objects.count) == 2
    assert not await in_db(Completion.objects.exists)
    assert not llm.requests


async def test_a_flagged_prompt_goes_on_and_is_on_record_once(user: User) -> None:
    policy = await in_db(Policy.objects.create, name="Test")
    await in_db(Rule.objects.create, policy=policy, value="oddword", action="flag")
    await let_in(user, "oddword")
    history = [{"role": "user", "content": "oddword"}, {"role": "assistant", "content": "Yes?"}]
    await let_in(user, messages=[*history, {"role": "user", "content": "Go on"}])
    assert [verdict.content for verdict in await in_db(lambda: list(Verdict.objects.all()))] == ["oddword"]


def messages_of(conversation: Conversation) -> list[Message]:
    return list(conversation.messages.order_by("sequence_number"))


async def test_an_exchange_is_kept_where_the_program_asks_for_it(user: User, llm: FakeLLM) -> None:
    llm.default = Script(text="Fine\x00.")
    given = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": [{"type": "text", "text": "How are you today?"}]},
        {"role": "assistant", "content": "Well."},
        {"role": "user", "content": "Really?"},
    ]
    call = await let_in(user, messages=given, store=True, metadata={"ticket": "7"})
    assert call.conversation_id
    await make(call)
    kept = await in_db(Conversation.objects.get, pk=call.conversation_id)
    assert (kept.title, kept.user_id) == ("How are you today?", user.id)
    assert kept.model_config == {"model": "fake-1", "system_prompt": "Be kind."}
    assert kept.metadata == {"from": "api", "completion_id": str(call.id), "metadata": {"ticket": "7"}}
    rows = await in_db(messages_of, kept)
    assert [(row.role, row.content) for row in rows] == [
        ("user", "How are you today?"),
        ("assistant", "Well."),
        ("user", "Really?"),
        ("assistant", "Fine."),
    ]
    assert [row.parent_id for row in rows] == [None, *(row.pk for row in rows[:-1])]
    assert all(row.status == Message.Status.COMPLETED and row.current for row in rows)
    assert (kept.message_count, kept.last_sequence_number, kept.total_tokens) == (4, 4, rows[-1].tokens)


async def test_calls_of_tools_are_kept_readable_and_as_they_were(user: User, llm: FakeLLM) -> None:
    called = {"id": "1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Paris"}'}}
    given = [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": None, "tool_calls": [called]},
        {"role": "tool", "tool_call_id": "1", "content": "18 degrees\x01"},
    ]
    call = await let_in(user, messages=given, store=True)
    await make(call)
    kept = await in_db(Conversation.objects.get, pk=call.conversation_id)
    _, asked, result, answer = await in_db(messages_of, kept)
    assert "weather" in asked.content
    assert asked.metadata == {"tool_calls": [called]}
    assert (result.role, result.metadata) == ("user", {"tool_call_id": "1"})
    assert answer.content == "The tool says: 18 degrees\x01"


def image(data: bytes) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{b64encode(data).decode()}"}}


def picture() -> bytes:
    drawn = BytesIO()
    Image.new("RGB", (30, 20), "red").save(drawn, "PNG")
    return drawn.getvalue()


async def test_images_go_to_models_that_see_and_to_no_others(user: User, llm: FakeLLM, model: LanguageModel) -> None:
    messages = [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, image(picture())]}]
    with pytest.raises(InvalidInput):
        await let_in(user, messages=messages)

    def let_it_see() -> None:
        model.can_see = True
        model.fallback = make_model(make_provider(llm.base_url), slug="blind")
        model.save()

    await in_db(let_it_see)
    call = await let_in(user, messages=messages)
    assert [target.language_model for target in call.targets] == ["fake-1"]
    await make(call)
    assert llm.requests[-1].body["messages"] == messages


async def test_images_are_kept_as_attachments_and_one_less_costs_nothing_else(
    user: User, model: LanguageModel, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    await in_db(LanguageModel.objects.filter(pk=model.pk).update, can_see=True)
    parts = [{"type": "text", "text": "Look"}, image(picture()), image(b"\x89PNG\r\n\x1a\n and no more")]
    call = await let_in(user, messages=[{"role": "user", "content": parts}], store=True)
    await make(call)
    kept = await in_db(Conversation.objects.get, pk=call.conversation_id)
    asked, _ = await in_db(messages_of, kept)
    assert asked.content == "Look\n\n[image]"
    (snapshot,) = asked.metadata["attachments"]
    assert (snapshot["kind"], snapshot["width"], snapshot["height"]) == ("image", 30, 20)
    attachment = await in_db(Attachment.objects.get, pk=snapshot["id"])
    assert attachment.conversation_id == kept.pk


async def test_an_answer_is_given_also_when_keeping_it_fails(
    user: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(**_: Any) -> None:
        raise OperationalError("full")

    monkeypatch.setattr(run, "keep_exchange", fail)
    errors = count("chat_errors_total", error_type="internal")
    with caplog.at_level(logging.ERROR):
        reader = await make(await let_in(user, store=True))
    assert reader.choice
    assert "exchange not kept" in caplog.text
    assert count("chat_errors_total", error_type="internal") == errors + 1
    assert not await in_db(Conversation.objects.exists)


async def test_nothing_is_kept_otherwise(user: User, llm: FakeLLM) -> None:
    await make(await let_in(user))
    llm.default = Script(tokens=9, cut_after=3)
    await make(await let_in(user, store=True))
    assert not await in_db(Conversation.objects.exists)
