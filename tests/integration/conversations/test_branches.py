"""The tree of a conversation: which branch is shown, what a message's siblings are."""

from random import Random
from uuid import UUID, uuid4

import pytest
from django.db import connection
from pytest_django.fixtures import DjangoAssertNumQueries

from chatbot.accounts.models import User
from chatbot.lib.errors import NotFound
from conversations.branches import select_branch, show_branch
from conversations.models import Conversation, Message
from conversations.selectors import branch_of, page_before
from conversations.tree import ancestors, find_siblings, newest_leaf
from tests.factories import make_conversation, make_message

pytestmark = pytest.mark.django_db


def branch_off(conversation: Conversation, parent: Message | None) -> Message:
    """A message after `parent`, or another first one, and its branch shown: as the services do it."""
    show_branch(conversation=conversation, upto=parent.pk if parent else None)
    return make_message(conversation, parent_id=parent and parent.pk)


class Tree:
    """A conversation with a random tree of messages, and what a plain reading of it says."""

    def __init__(self, user: User, random: Random, size: int) -> None:
        self.conversation = make_conversation(user)
        self.messages: list[Message] = []
        for _ in range(size):
            parent = random.choice([None, *self.messages[-4:], *self.messages])
            self.messages.append(branch_off(self.conversation, parent))
        self.by_id = {message.pk: message for message in self.messages}

    def path(self, message: Message | None) -> list[UUID]:
        """From the root to the message."""
        path: list[UUID] = []
        while message is not None:
            path.append(message.pk)
            message = self.by_id[message.parent_id] if message.parent_id else None
        return path[::-1]

    def children(self, parent_id: UUID | None) -> list[Message]:
        """Oldest first."""
        return [message for message in self.messages if message.parent_id == parent_id]

    def leaf_below(self, message: Message) -> Message:
        """Down along the newest child each time."""
        while children := self.children(message.pk):
            message = children[-1]
        return message

    def shown(self) -> list[UUID]:
        return list(branch_of(self.conversation).order_by("sequence_number").values_list("pk", flat=True))


@pytest.mark.parametrize("seed", range(8))
def test_whatever_is_selected_the_branch_runs_from_the_root_to_the_newest_leaf(user: User, seed: int) -> None:
    random = Random(seed)
    tree = Tree(user, random, 30)
    other = Tree(user, random, 5)
    before = other.shown()
    assert tree.shown() == tree.path(tree.messages[-1])
    for _ in range(25):
        message = random.choice(tree.messages)
        leaf = tree.leaf_below(message)
        assert newest_leaf(message) == leaf.pk
        select_branch(user=user, message_id=message.pk)
        assert tree.shown() == tree.path(leaf)
    assert other.shown() == before


@pytest.mark.parametrize("seed", range(4))
def test_siblings_are_the_children_of_the_same_parent_oldest_first(
    user: User, seed: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    tree = Tree(user, Random(seed), 30)
    Tree(user, Random(seed), 10)  # has roots of its own
    with django_assert_num_queries(1):
        find_siblings(tree.messages)
    for message in tree.messages:
        siblings = [str(sibling.pk) for sibling in tree.children(message.parent_id)]
        shown = message.as_dict()
        assert list(shown["siblings"]) == siblings
        assert shown["siblings"][shown["position"] - 1] == str(message.pk)


def test_ancestors_come_nearest_first_and_no_more_than_asked_for(user: User) -> None:
    tree = Tree(user, Random(3), 40)
    deepest = max(tree.messages, key=lambda message: len(tree.path(message)))
    path = tree.path(deepest)[::-1]
    assert ancestors(deepest.pk, owner_id=user.id, limit=1_000) == path
    assert ancestors(deepest.pk, owner_id=user.id, limit=2) == path[:2]


def test_a_page_shows_one_branch_only(user: User) -> None:
    conversation = make_conversation(user, messages=6)
    second = conversation.messages.get(sequence_number=2)
    branch_off(conversation, second)
    page, older = page_before(conversation)
    assert [message.sequence_number for message in page] == [1, 2, 7]
    assert older is None
    assert page[-1].as_dict()["position"] == 2


def test_nothing_is_shown_before_the_first_message_is_worded_anew(user: User) -> None:
    conversation = make_conversation(user, messages=3)
    show_branch(conversation=conversation, upto=None)
    assert not branch_of(conversation).exists()
    select_branch(user=user, message_id=conversation.messages.get(sequence_number=1).pk)
    assert branch_of(conversation).count() == 3


def test_a_switch_in_a_long_conversation_writes_only_what_differs(user: User) -> None:
    def places() -> dict[UUID, str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, ctid::text FROM messages WHERE sequence_number <= 28")
            return dict(cursor.fetchall())

    conversation = make_conversation(user, messages=30)
    before = places()
    branch_off(conversation, conversation.messages.get(sequence_number=28))
    assert places() == before


def test_a_foreign_branch_cannot_be_selected(user: User, other_user: User) -> None:
    foreign: Conversation = make_conversation(other_user, messages=2)
    for message_id in (foreign.messages.get(sequence_number=1).pk, uuid4()):
        with pytest.raises(NotFound):
            select_branch(user=user, message_id=message_id)
