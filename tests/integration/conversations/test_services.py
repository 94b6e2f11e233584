"""Writes to conversations and messages."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.dispatch import Signal
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from chatbot.accounts.models import User
from chatbot.lib.errors import NotFound
from conversations import services
from conversations.models import Conversation, Message
from conversations.selectors import get_conversation, get_message, messages_in, page_before, sidebar_conversations
from conversations.signals import conversation_changed
from tests.factories import make_conversation, make_message

News = list[dict[str, Any]]


def listen(signal: Signal) -> Iterator[News]:
    heard: News = []

    def remember(signal: Signal, sender: object, **news: Any) -> None:
        heard.append(news)

    signal.connect(remember)
    yield heard
    signal.disconnect(remember)


@pytest.fixture
def changed() -> Iterator[News]:
    """What was told of changed conversations."""
    yield from listen(conversation_changed)


def test_messages_get_rising_numbers_and_are_counted(user: User) -> None:
    conversation = make_conversation(user, messages=3)
    assert [message.sequence_number for message in messages_in(conversation)] == [1, 2, 3]
    conversation.refresh_from_db()
    assert conversation.message_count == 3
    assert conversation.last_sequence_number == 3
    last = messages_in(conversation).last()
    assert last is not None
    assert conversation.last_message_at == last.created_at


def test_a_message_costs_one_query(user: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    conversation = make_conversation(user)
    with django_assert_num_queries(1):  # the message and the counters
        make_message(conversation)


def test_finishing_an_answer_fills_it_and_counts_its_tokens(
    user: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    conversation = make_conversation(user)
    answer = make_message(conversation, role=Message.Role.ASSISTANT, status=Message.Status.PENDING, content="")
    with django_assert_num_queries(1):
        services.finish_message(
            message_id=answer.pk, status=Message.Status.COMPLETED, content="Paris", tokens=7, metadata={"model": "m"}
        )
    answer.refresh_from_db()
    conversation.refresh_from_db()
    assert (answer.status, answer.content, answer.tokens, answer.metadata) == ("completed", "Paris", 7, {"model": "m"})
    assert conversation.total_tokens == 7


def test_a_reopened_answer_is_a_placeholder_again(user: User) -> None:
    answer = make_message(make_conversation(user), status=Message.Status.FAILED, content="Half")
    Message.objects.update(metadata={"error": 1})
    services.reopen_message(message_id=answer.pk)
    answer.refresh_from_db()
    assert (answer.status, answer.content, answer.metadata) == ("pending", "", {})


def test_a_change_is_told_after_the_commit(
    user: User, changed: News, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    conversation = make_conversation(user)
    with django_capture_on_commit_callbacks(execute=True):
        services.update_conversation(user=user, conversation_id=conversation.pk, changes={"title": "New"})
        assert changed == []
    assert [news["conversation"].title for news in changed] == ["New"]


def test_a_change_of_the_model_configuration_keeps_its_other_entries(user: User) -> None:
    conversation = make_conversation(user, model_config={"model": "a", "temperature": 0.5})
    changes = {"model_config": {"model": None, "max_tokens": 9}}
    updated = services.update_conversation(user=user, conversation_id=conversation.pk, changes=changes)
    assert updated.model_config == {"temperature": 0.5, "max_tokens": 9}
    assert changes == {"model_config": {"model": None, "max_tokens": 9}}


def test_changing_a_title_does_not_write_the_counters(user: User) -> None:
    conversation = make_conversation(user)
    stale = services.lock_conversation(user=user, conversation_id=conversation.pk)
    Conversation.objects.update(message_count=5, total_tokens=50)
    assert stale.message_count == 0
    services.update_conversation(user=user, conversation_id=conversation.pk, changes={"title": "New"})
    conversation.refresh_from_db()
    assert (conversation.message_count, conversation.total_tokens) == (5, 50)


def test_a_generated_title_replaces_only_the_one_it_was_made_for(user: User) -> None:
    conversation = make_conversation(user, title="First words")
    assert services.set_generated_title(conversation_id=conversation.pk, title="Better", instead_of="First words")
    assert not services.set_generated_title(conversation_id=conversation.pk, title="Worse", instead_of="First words")
    conversation.refresh_from_db()
    assert conversation.title == "Better"


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ("Hello", "Hello"),
        ("  Two\n\nlines\there ", "Two lines here"),
        ("word " * 30, " ".join(["word"] * 12) + "…"),
        ("x" * 100, "x" * 60 + "…"),
        ("y" * 60, "y" * 60),
    ],
)
def test_a_first_title_is_the_beginning_of_the_first_message(content: str, title: str) -> None:
    assert services.title_from(content) == title


def test_what_is_anothers_is_not_found(user: User, other_user: User) -> None:
    conversation = make_conversation(user)
    message = make_message(conversation)
    for attempt in (
        lambda: get_conversation(user=other_user, conversation_id=conversation.pk),
        lambda: get_message(user=other_user, message_id=message.pk),
        lambda: services.lock_conversation(user=other_user, conversation_id=conversation.pk),
        lambda: services.update_conversation(user=other_user, conversation_id=conversation.pk, changes={"title": "x"}),
        lambda: get_conversation(user=user, conversation_id=uuid4()),
        lambda: get_message(user=user, message_id=uuid4()),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert Conversation.objects.get().title == "A talk"


def test_pages_go_back_from_the_newest_without_gaps(user: User) -> None:
    conversation = make_conversation(user, messages=7)
    page, before = page_before(conversation, limit=3)
    assert [message.sequence_number for message in page] == [5, 6, 7]
    page, before = page_before(conversation, before=before, limit=3)
    assert [message.sequence_number for message in page] == [2, 3, 4]
    page, before = page_before(conversation, before=before, limit=3)
    assert [message.sequence_number for message in page] == [1]
    assert before is None


def test_the_sidebar_shows_the_newest_that_are_not_archived(user: User, other_user: User) -> None:
    first, second = make_conversation(user, title="1"), make_conversation(user, title="2")
    make_conversation(user, title="3", archived=True)
    make_conversation(other_user, title="4")
    make_message(first)
    assert sidebar_conversations(user) == [first, second]
