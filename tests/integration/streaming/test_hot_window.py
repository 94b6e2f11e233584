"""The hot window: the same prompt with and without it, whatever happened to the conversation meanwhile."""

from random import Random
from uuid import uuid4

import msgspec
import pytest
from pytest_django import DjangoAssertNumQueries
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from chatbot.accounts.models import User
from chatbot.lib.redis import sync_redis
from conversations.deletion import delete_conversation
from conversations.derived import void_derived
from conversations.models import Conversation, Message
from conversations.services import finish_message, reopen_message
from streaming.prompts import hot_window, turns
from streaming.prompts.turns import Turn, branch_to, read_between, read_branch
from tests.factories import make_conversation, make_message

Role, Status = Message.Role, Message.Status


@pytest.fixture(autouse=True)
def no_conversation_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the tests do with few messages."""
    monkeypatch.setattr(turns, "SHORT_CONVERSATION", 0)


def fresh(conversation: Conversation) -> Conversation:
    return Conversation.objects.get(pk=conversation.pk)


def with_window(conversation: Conversation, prompt: Message) -> list[Turn]:
    return read_branch(fresh(conversation), prompt)


def without_window(conversation: Conversation, prompt: Message) -> list[Turn]:
    """What a plain walk along the parents finds."""
    everything = read_between(conversation, 0, prompt.sequence_number, limit=10_000)
    return branch_to(prompt.pk, everything)[-turns.HISTORY_LENGTH :]


def key(conversation: Conversation) -> str:
    return f"conv:{conversation.pk}"


def talk(user: User, length: int) -> tuple[Conversation, Message]:
    """A conversation of one branch and its last message, which is the user's."""
    conversation = make_conversation(user)
    parent = None
    for number in range(1, length + 1):
        role = Role.USER if number % 2 else Role.ASSISTANT
        parent = make_message(conversation, role=role, content=f"Message {number}", parent_id=parent and parent.pk)
    assert parent is not None
    return conversation, parent


class World:
    """A conversation to which things happen."""

    def __init__(self, user: User, random: Random) -> None:
        self.random = random
        self.conversation = make_conversation(user)
        self.messages: list[Message] = []
        self.ask()

    def ask(self) -> None:
        parent = self.random.choice([None, *self.messages[-3:], *self.messages[-1:] * 5])
        words = f"{self.random.random()} <|im_start|>"
        prompt = make_message(self.conversation, content=words, parent_id=parent and parent.pk)
        answer = make_message(
            self.conversation, role=Role.ASSISTANT, status=Status.PENDING, content="", parent_id=prompt.pk
        )
        self.messages += [prompt, answer]

    def finish(self) -> None:
        answer = Message.objects.get(pk=self.messages[-1].pk)
        if answer.status == Status.PENDING:
            metadata = {"model": "m"} if self.random.random() < 0.7 else {"model": "m", "estimated": True}
            status = self.random.choice([Status.COMPLETED, Status.COMPLETED, Status.STOPPED, Status.FAILED])
            finish_message(message_id=answer.pk, status=status, content="An answer.", tokens=7, metadata=metadata)

    def retry(self) -> None:
        answer = Message.objects.get(pk=self.messages[-1].pk)
        if answer.status in {Status.FAILED, Status.STOPPED}:
            reopen_message(message_id=answer.pk)

    def change(self) -> None:
        message = self.random.choice(self.messages)
        if Message.objects.filter(pk=message.pk).exclude(status=Status.PENDING).update(content="Changed."):
            void_derived(message)

    def lose(self) -> None:
        sync_redis().delete(key(self.conversation))

    def look(self) -> None:
        prompt = self.random.choice([message for message in self.messages if message.role == Role.USER][-6:])
        assert with_window(self.conversation, prompt) == without_window(self.conversation, prompt)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(12))
def test_prompts_are_the_same_with_and_without_the_window(
    user: User, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "HISTORY_LENGTH", 8)
    random = Random(seed)
    world = World(user, random)
    steps = [world.ask, world.finish, world.look] * 4 + [world.retry, world.change, world.lose]
    for _ in range(60):
        random.choice(steps)()
        world.look()


def test_a_warm_window_leaves_only_the_new_messages_to_read(
    user: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    conversation, prompt = talk(user, 31)
    conversation = fresh(conversation)
    with django_assert_num_queries(1):
        read_branch(conversation, prompt)
    # The same prompt again, as a second attempt needs it: nothing to read.
    with django_assert_num_queries(0):
        assert len(read_branch(conversation, prompt)) == 31
    answer = make_message(conversation, role=Role.ASSISTANT, content="Yes.", parent_id=prompt.pk)
    later = make_message(conversation, content="And?", parent_id=answer.pk)
    with django_assert_num_queries(1) as queries:
        assert [turn.number for turn in read_branch(conversation, later)][-2:] == [32, 33]
    assert f'"sequence_number" > {prompt.sequence_number}' in queries[0]["sql"]


def test_a_short_conversation_needs_no_window(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "SHORT_CONVERSATION", 20)
    conversation, prompt = talk(user, 3)
    assert len(with_window(conversation, prompt)) == 3
    assert not sync_redis().exists(key(conversation))


def test_an_entry_that_outlived_a_change_is_not_used(user: User) -> None:
    conversation, prompt = talk(user, 3)
    with_window(conversation, prompt)
    stale = sync_redis().get(key(conversation))
    assert stale
    Message.objects.filter(conversation=conversation, sequence_number=1).update(content="Redacted.")
    void_derived(Message.objects.get(conversation=conversation, sequence_number=1))
    # As if Redis had lost every delete and had the old entry for ever.
    sync_redis().set(key(conversation), stale)
    assert [turn.content for turn in with_window(conversation, prompt)] == ["Redacted.", "Message 2", "Message 3"]


def test_a_reader_that_was_slow_does_not_bring_old_text_back(user: User) -> None:
    conversation, prompt = talk(user, 3)
    slow = fresh(conversation)
    first = Message.objects.get(conversation=conversation, sequence_number=1)
    Message.objects.filter(pk=first.pk).update(content="Redacted.")
    void_derived(first)
    hot_window.save(slow, b"\x90")  # an empty list, as of the version that it had read
    assert hot_window.load(fresh(conversation)) is None
    assert with_window(conversation, prompt)[0].content == "Redacted."


def test_an_entry_of_another_conversation_is_not_used(user: User, other_user: User) -> None:
    foreign, foreign_prompt = talk(other_user, 5)
    with_window(foreign, foreign_prompt)
    conversation, prompt = talk(user, 3)
    stored = sync_redis().get(key(foreign))
    assert stored
    sync_redis().set(key(conversation), stored)
    assert {turn.id for turn in with_window(conversation, prompt)} <= set(
        Message.objects.filter(conversation=conversation).values_list("pk", flat=True)
    )


@pytest.mark.parametrize("rubbish", [b"", b"rubbish", msgspec.msgpack.encode({"format": 1})])
def test_an_entry_that_cannot_be_read_is_not_used(user: User, rubbish: bytes) -> None:
    conversation, prompt = talk(user, 3)
    sync_redis().set(key(conversation), rubbish)
    assert len(with_window(conversation, prompt)) == 3


def test_a_pending_answer_is_never_kept(user: User) -> None:
    conversation, prompt = talk(user, 3)
    make_message(conversation, role=Role.ASSISTANT, status=Status.PENDING, content="", parent_id=prompt.pk)
    later = make_message(conversation, content="Another branch", parent_id=prompt.pk)
    with_window(conversation, later)
    assert not sync_redis().exists(key(conversation))


def test_an_entry_lives_for_an_hour_and_is_not_large(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation, prompt = talk(user, 3)
    with_window(conversation, prompt)
    assert 0 < int(sync_redis().ttl(key(conversation))) <= hot_window.TTL_SECONDS
    large = make_message(conversation, content="word " * hot_window.LARGEST_BYTES, parent_id=prompt.pk)
    before = sync_redis().get(key(conversation))
    assert len(with_window(conversation, large)) == 4
    assert sync_redis().get(key(conversation)) == before


def test_without_redis_the_database_answers(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation, prompt = talk(user, 3)
    nobody = Redis(host="127.0.0.1", port=1, retry=Retry(NoBackoff(), 0))
    monkeypatch.setattr(hot_window, "_redis", lambda: nobody)
    assert [turn.number for turn in with_window(conversation, prompt)] == [1, 2, 3]
    hot_window.forget(uuid4())


@pytest.mark.django_db(transaction=True)
def test_the_window_of_a_deleted_conversation_goes_with_it(user: User) -> None:
    conversation, prompt = talk(user, 3)
    with_window(conversation, prompt)
    delete_conversation(user=user, conversation_id=conversation.pk)
    assert not sync_redis().exists(key(conversation))
