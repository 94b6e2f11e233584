"""Conversations are deleted in bounded batches, by one way, and not at all under a legal hold."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Model
from django.db.models.signals import post_delete
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from chatbot.accounts.models import AccessKey, User
from chatbot.accounts.services import create_access_key
from chatbot.lib.errors import Forbidden, NotFound
from chatbot.lib.ids import new_id
from conversations import deletion
from conversations.deletion import delete_conversation, delete_everything_of, finish_deletions
from conversations.models import Attachment, Conversation, Export, Feedback, Message, Share, Summary
from conversations.selectors import get_conversation
from conversations.signals import conversation_deleted
from moderation.models import Verdict
from streaming.models import Generation
from tests.factories import make_conversation, make_message

News = list[dict[str, Any]]
SMALL = 4

# A savepoint and its release; the hold, the lock, the answers under way, the messages; feedback and answers of either
# end; parents, messages; then what hangs on the conversation itself, and the conversation.
COST_OF_DELETING = 18


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is longer than SMALL messages takes more than one step."""
    monkeypatch.setattr(deletion, "BATCH", SMALL)


@pytest.fixture
def told() -> Iterator[News]:
    """What was told of deleted conversations."""
    heard: News = []

    def remember(signal: object, sender: object, **news: Any) -> None:
        heard.append(news)

    conversation_deleted.connect(remember)
    yield heard
    conversation_deleted.disconnect(remember)


def make_generation(conversation: Conversation, **fields: Any) -> Generation:
    prompt = make_message(conversation)
    answer = make_message(
        conversation, role=Message.Role.ASSISTANT, status=Message.Status.PENDING, content="", parent_id=prompt.pk
    )
    Feedback.objects.create(message=answer, user=conversation.user, rating=1)
    return Generation.objects.create(
        id=new_id(conversation.user_id),
        user=conversation.user,
        conversation=conversation,
        prompt=prompt,
        message=answer,
        **fields,
    )


def surround(conversation: Conversation) -> None:
    """One row of everything that hangs on a conversation."""
    user = conversation.user
    generation = make_generation(conversation)
    Share.objects.create(id=new_id(user.id), token=str(new_id(user.id)), user=user, conversation=conversation)
    Summary.objects.create(
        id=new_id(user.id),
        conversation=conversation,
        message_id=generation.message_id,
        sequence_number=2,
        content="In short",
        tokens=2,
    )
    Export.objects.create(id=new_id(user.id), user=user, conversation=conversation)
    Attachment.objects.create(
        id=new_id(user.id), user=user, conversation=conversation, name="a", kind="text", media_type="text/plain", size=1
    )


HANGS_ON = (Attachment, Conversation, Export, Feedback, Generation, Message, Share, Summary)


def counts(models: tuple[type[Model], ...] = HANGS_ON) -> dict[str, int]:
    return {model.__name__: model._base_manager.count() for model in models}


def hold(user: User) -> None:
    User.objects.filter(pk=user.pk).update(legal_hold=True)


def delete(conversation: Conversation) -> int:
    return delete_conversation(user=conversation.user, conversation_id=conversation.pk)


def test_a_conversation_goes_with_all_that_hangs_on_it(user: User, other_user: User) -> None:
    kept = make_conversation(other_user)
    surround(kept)
    before = counts()
    gone = make_conversation(user)
    surround(gone)
    assert delete(gone) == 2
    assert counts() == before
    assert Conversation.with_deleted.get() == kept


def test_every_table_that_names_a_conversation_or_a_message_is_known_to_these_tests() -> None:
    related = {relation.related_model for model in (Conversation, Message) for relation in deletion.dependents(model)}
    assert related | {Conversation} == set(HANGS_ON)


def test_deleting_is_told_after_the_commit_with_the_answers_under_way(
    user: User, told: News, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    conversation = make_conversation(user, messages=2)
    answer = make_generation(conversation).message_id
    with django_capture_on_commit_callbacks(execute=True):
        delete(conversation)
        assert told == []
    assert told == [{"user_id": user.id, "conversation_id": conversation.pk, "answers": [answer]}]


def test_a_longer_conversation_costs_no_more_queries(
    user: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for conversation in (make_conversation(user, messages=2), make_conversation(user, messages=60)):
        with django_assert_num_queries(COST_OF_DELETING):
            delete(conversation)


def test_what_is_anothers_is_not_found(user: User, other_user: User) -> None:
    conversation = make_conversation(user)
    with pytest.raises(NotFound):
        delete_conversation(user=other_user, conversation_id=conversation.pk)
    assert Conversation.objects.exists()


@pytest.mark.usefixtures("small_batches")
class TestALongConversation:
    """What takes more than one step is gone for its user with the first."""

    @pytest.fixture
    def long(self, user: User) -> Conversation:
        conversation = make_conversation(user, messages=2 * SMALL, source="chatgpt:1")
        surround(conversation)
        return conversation

    def test_it_is_hidden_at_once_and_its_shared_pages_are_gone(
        self, long: Conversation, told: News, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            delete(long)
        assert [news["conversation_id"] for news in told] == [long.pk]
        assert not Conversation.objects.exists()
        with pytest.raises(NotFound):
            get_conversation(user=long.user, conversation_id=long.pk)
        assert counts((Attachment, Export, Generation, Share, Summary)) == {
            "Attachment": 0,
            "Export": 0,
            "Generation": 0,
            "Share": 0,
            "Summary": 0,
        }
        assert Message.objects.count() == SMALL + 2

    def test_it_is_finished_a_batch_at_a_time(self, long: Conversation) -> None:
        delete(long)
        with CaptureQueriesContext(connection) as queries:
            assert finish_deletions(seconds=60)
        assert sum(query["sql"].startswith("DELETE FROM messages") for query in queries) == 2
        assert not any(counts().values())

    def test_it_cannot_be_deleted_twice(self, long: Conversation) -> None:
        delete(long)
        with pytest.raises(NotFound):
            delete(long)

    def test_the_same_source_may_come_back_before_it_is_finished(self, long: Conversation) -> None:
        delete(long)
        make_conversation(long.user, source="chatgpt:1")
        assert finish_deletions(seconds=60)
        assert Conversation.objects.get().source == "chatgpt:1"

    def test_time_that_runs_out_leaves_the_rest_for_the_next_call(self, long: Conversation) -> None:
        delete(long)
        assert not finish_deletions(seconds=-1)
        assert Message.objects.count() == 2
        assert finish_deletions(seconds=60)
        assert not Message.objects.exists()

    def test_a_batch_that_fails_leaves_everything_as_it_was(
        self, long: Conversation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        delete(long)
        before = counts()
        monkeypatch.setattr(deletion, "_DELETE", "DELETE FROM no_such_table WHERE %(ids)s IS NULL")
        with pytest.raises(DatabaseError), transaction.atomic():
            finish_deletions(seconds=60)
        monkeypatch.undo()
        assert counts() == before
        assert finish_deletions(seconds=60)
        assert not any(counts().values())

    def test_a_hold_that_comes_between_keeps_what_is_left(self, long: Conversation) -> None:
        delete(long)
        hold(long.user)
        before = counts()
        assert finish_deletions(seconds=60)
        assert counts() == before
        User.objects.update(legal_hold=False)
        assert finish_deletions(seconds=60)
        assert not any(counts().values())

    def test_a_child_of_an_older_number_does_not_stand_in_the_way(self, user: User) -> None:
        conversation = make_conversation(user, messages=SMALL + 1)
        first, last = conversation.messages.earliest("sequence_number"), conversation.messages.latest("sequence_number")
        Message.objects.filter(pk=first.pk).update(parent=last)
        delete(conversation)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        assert Message.objects.get().parent_id is None


DOORS: dict[str, Callable[[Conversation], object]] = {
    "one conversation": delete,
    "everything": lambda conversation: delete_everything_of(user_id=conversation.user_id, seconds=60),
}


@pytest.mark.parametrize("door", DOORS)
def test_a_legal_hold_refuses_with_a_clear_error(user: User, door: str) -> None:
    conversation = make_conversation(user, messages=2)
    hold(user)
    with pytest.raises(Forbidden, match="legal hold"):
        DOORS[door](conversation)
    assert Message.objects.count() == 2


@pytest.mark.parametrize("table", ["messages", "conversations", "attachments", "accounts_user"])
def test_the_database_refuses_whoever_forgets_to_ask(user: User, other_user: User, table: str) -> None:
    for owner in (user, other_user):
        surround(make_conversation(owner))
    hold(user)
    owner_column = "id" if table == "accounts_user" else "user_id"

    def remove(owner: User) -> int:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table} WHERE {owner_column} = %s", [owner.pk])
            transaction.set_rollback(True)
            return int(cursor.rowcount)

    with pytest.raises(DatabaseError, match="legal hold"):
        remove(user)
    assert remove(other_user) > 0


def test_everything_of_an_account_goes_but_its_own_row(user: User, other_user: User) -> None:
    for owner in (user, other_user):
        surround(make_conversation(owner))
        create_access_key(user=owner, name="script")
        Verdict.objects.create(user=owner, stage="prompt", action="flag", content="text")
    assert delete_everything_of(user_id=user.pk, seconds=60)
    models = (*HANGS_ON, AccessKey, Verdict)
    for model in models:
        assert model._base_manager.count() == (2 if model is Message else 1), model
    for left in (Conversation.with_deleted.get(), Verdict.objects.get(), AccessKey.objects.get()):
        assert left.user_id == other_user.pk
    assert User.objects.filter(pk=user.pk).exists()


@pytest.mark.usefixtures("small_batches")
def test_everything_goes_on_where_it_was_left(user: User) -> None:
    for _ in range(3):
        make_conversation(user, messages=SMALL + 2)
    for number in range(2 * SMALL + 1):
        create_access_key(user=user, name=str(number))
    calls = 1
    while not delete_everything_of(user_id=user.pk, seconds=-1):
        calls += 1
    assert calls > 5
    assert not Conversation.with_deleted.exists()
    assert not Message.objects.exists()
    assert not AccessKey.objects.exists()


def test_rows_that_others_listen_to_are_deleted_one_by_one(user: User) -> None:
    """What listens is for example whoever removes the bytes of a file."""
    heard: list[UUID] = []

    def remember(instance: Attachment, **_: Any) -> None:
        heard.append(instance.pk)

    conversation = make_conversation(user)
    surround(conversation)
    attachment = Attachment.objects.get()
    post_delete.connect(remember, sender=Attachment)
    try:
        delete(conversation)
    finally:
        post_delete.disconnect(remember, sender=Attachment)
    assert heard == [attachment.pk]
