"""Pages of a history that begin in its middle: `?around=` of the REST door and of the chat page."""

import re
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from chatbot.accounts.models import User
from conversations.branches import select_branch, show_branch
from conversations.models import Conversation, Message
from conversations.selectors import branch_of
from tests.factories import make_conversation, make_message
from tests.integration.conversations.test_api import assert_error, cursor, path_of


@pytest.fixture
def talk(user: User) -> Conversation:
    """Eleven messages of one branch."""
    return make_conversation(user, messages=11)


@pytest.fixture
def forked(user: User) -> Conversation:
    """Messages 1 to 6; then 7 and 8 after 2, which are shown; and 9, another first message."""
    conversation = make_conversation(user, messages=6)
    show_branch(conversation=conversation, upto=numbered(conversation, 2).pk)
    seventh = make_message(conversation, parent_id=numbered(conversation, 2).pk)
    make_message(conversation, role=Message.Role.ASSISTANT, parent_id=seventh.pk)
    show_branch(conversation=conversation, upto=None)
    make_message(conversation)
    select_branch(user=user, message_id=seventh.pk)
    return conversation


def numbered(conversation: Conversation, number: int) -> Message:
    return conversation.messages.get(sequence_number=number)


def page_around(api: APIClient, message: Message, limit: int) -> dict[str, Any]:
    response = api.get(path_of(message.conversation, f"messages/?around={message.pk}&limit={limit}"))
    assert response.status_code == 200, response.content
    return response.json()  # type: ignore[no-any-return]


def numbers(page: dict[str, Any]) -> list[int]:
    return [message["sequence_number"] for message in page["results"]]


def walk(api: APIClient, page: dict[str, Any]) -> list[int]:
    """All numbers that the cursors lead to from a page on, newest first."""
    found = numbers(page)
    newer = page
    while newer["previous"]:
        newer = api.get(newer["previous"]).json()
        found = numbers(newer) + found
    while page["next"]:
        page = api.get(page["next"]).json()
        found += numbers(page)
    return found


@pytest.mark.parametrize("limit", [1, 2, 5, 10, 50])
def test_a_page_around_a_message_is_full_and_its_cursors_lead_to_all_others_once(
    api: APIClient, talk: Conversation, limit: int
) -> None:
    for message in talk.messages.all():
        page = page_around(api, message, limit)
        found = numbers(page)
        assert message.sequence_number in found
        assert len(found) == min(limit, 11)
        # About the middle, but where the history ends.
        newer = found.index(message.sequence_number)
        assert abs(newer - (len(found) - 1 - newer)) <= 1 or 1 in found or 11 in found
        assert walk(api, page) == list(range(11, 0, -1))
        assert (page["next"] is None, page["previous"] is None) == (1 in found, 11 in found)


def test_a_page_around_a_message_of_the_shown_branch_knows_no_other(api: APIClient, forked: Conversation) -> None:
    for limit in (1, 2, 3, 50):
        for number in (1, 2, 7, 8):
            page = page_around(api, numbered(forked, number), limit)
            assert number in numbers(page)
            assert walk(api, page) == [8, 7, 2, 1]


def test_a_message_of_another_branch_is_found_where_that_leaves_the_shown_one(
    api: APIClient, forked: Conversation
) -> None:
    for number, fork in {3: 7, 4: 7, 6: 7, 9: 1}.items():
        page = page_around(api, numbered(forked, number), 1)
        assert numbers(page) == [fork]
        assert walk(api, page) == [8, 7, 2, 1]
    assert branch_of(forked).count() == 4


def test_the_siblings_of_the_page_lead_to_the_other_branch(api: APIClient, forked: Conversation) -> None:
    (shown,) = page_around(api, numbered(forked, 6), 1)["results"]
    assert shown["siblings"] == [str(numbered(forked, 3).pk), str(numbered(forked, 7).pk)]


def test_where_nothing_is_shown_the_page_is_empty(user: User, api: APIClient, talk: Conversation) -> None:
    show_branch(conversation=talk, upto=None)
    assert page_around(api, numbered(talk, 3), 5) == {"results": [], "next": None, "previous": None}


def test_a_random_tree_is_walked_from_each_of_its_messages(user: User, api: APIClient) -> None:
    random, conversation = Random(7), make_conversation(user)
    messages: list[Message] = []
    for _ in range(40):
        parent = random.choice([None, *messages[-3:], *messages[-3:]])
        show_branch(conversation=conversation, upto=parent.pk if parent else None)
        messages.append(make_message(conversation, parent_id=parent.pk if parent else None))
    branch = list(branch_of(conversation).order_by("-sequence_number").values_list("sequence_number", flat=True))
    for message in messages:
        assert walk(api, page_around(api, message, 3)) == branch


def test_messages_that_are_not_of_this_conversation_are_not_found(
    user: User, other_user: User, api: APIClient, talk: Conversation
) -> None:
    path = path_of(talk, "messages/")
    elsewhere = make_conversation(user, messages=1)
    foreign = make_conversation(other_user, messages=1)
    for message_id in (numbered(elsewhere, 1).pk, numbered(foreign, 1).pk, uuid4()):
        assert_error(api.get(path, {"around": str(message_id)}), 404, "not_found")


def test_what_is_no_id_is_refused(api: APIClient, talk: Conversation) -> None:
    for wrong in ("", "x", "1", "\x00", "a" * 400):
        assert_error(api.get(path_of(talk, "messages/"), {"around": wrong}), 400, "invalid_input")


def test_a_page_has_a_cursor_or_is_around_a_message(api: APIClient, talk: Conversation) -> None:
    path = path_of(talk, f"messages/?around={numbered(talk, 3).pk}&cursor={cursor(p='5')}")
    assert_error(api.get(path), 400, "invalid_input")


def test_a_page_around_a_message_costs_the_same_at_every_depth(
    user: User, api: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    conversation = make_conversation(user, messages=60)
    page_around(api, numbered(conversation, 1), 5)
    for number in (1, 30, 60):
        message = numbered(conversation, number)
        # The user, the conversation, the place, the numbers around it, the messages, their siblings.
        with django_assert_num_queries(6):
            page_around(api, message, 5)


def test_a_page_around_a_message_touches_one_partition(user: User, api: APIClient, talk: Conversation) -> None:
    message = numbered(talk, 5)
    with CaptureQueriesContext(connection) as queries:
        page_around(api, message, 4)
    reads = [query["sql"] for query in queries if '"messages"' in query["sql"] or "FROM messages" in query["sql"]]
    assert len(reads) == 4
    with connection.cursor() as database:
        for sql in reads:
            database.execute("EXPLAIN " + sql)
            plan = "\n".join(row[0] for row in database.fetchall())
            assert set(re.findall(r" on (messages_\w)\b", plan)) == {f"messages_{user.bucket // 16:x}"}, plan


def test_an_unchanged_page_is_not_sent_again(api: APIClient, talk: Conversation) -> None:
    path, query = path_of(talk, "messages/"), {"around": str(numbered(talk, 3).pk)}
    known = api.get(path, query).headers["ETag"]
    assert api.get(path, query, headers={"If-None-Match": known}).status_code == 304
    make_message(talk)
    assert api.get(path, query, headers={"If-None-Match": known}).status_code == 200
