"""Reads of history that have not changed cost little: ETag and 304."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from chatbot.accounts.models import User
from chatbot.lib import etags
from conversations.branches import select_branch
from conversations.deletion import delete_conversation
from conversations.derived import void_derived
from conversations.models import Conversation, Message
from conversations.services import (
    append_turn,
    create_conversation,
    finish_message,
    lock_conversation,
    reopen_message,
    set_generated_title,
    update_conversation,
)
from tests.factories import make_conversation, make_message
from tests.house.sources import ROOT
from tests.integration.conversations.test_api import LIST, assert_error, cursor, path_of


@pytest.fixture
def talk(user: User) -> Conversation:
    """A talk of two turns, the second of which was asked for once more."""
    conversation = make_conversation(user)
    prompt = make_message(conversation)
    answer = make_message(conversation, role=Message.Role.ASSISTANT, parent_id=prompt.pk)
    again = make_message(conversation, parent_id=answer.pk)
    make_message(conversation, role=Message.Role.ASSISTANT, parent_id=again.pk, status=Message.Status.FAILED)
    Message.objects.filter(pk=make_message(conversation, parent_id=answer.pk).pk).update(current=False)
    return conversation


def paths(conversation: Conversation) -> list[str]:
    """All reads of history that show something of a conversation."""
    first = conversation.messages.order_by("sequence_number").first()
    assert first is not None
    messages = path_of(conversation, "messages/")
    return [
        LIST,
        f"{LIST}?limit=1",
        path_of(conversation),
        messages,
        f"{messages}?limit=2",
        f"/api/v1/messages/{first.pk}/",
    ]


def validators(api: APIClient, conversation: Conversation) -> dict[str, str]:
    return {path: api.get(path).headers["ETag"] for path in paths(conversation)}


def numbered(conversation: Conversation, number: int) -> Message:
    return Message.objects.get(conversation=conversation, sequence_number=number)


def locked(conversation: Conversation) -> Conversation:
    return lock_conversation(user=conversation.user, conversation_id=conversation.pk)


def say(conversation: Conversation) -> None:
    append_turn(conversation=locked(conversation), content="More", parent_id=numbered(conversation, 4).pk)


def finish(conversation: Conversation) -> None:
    finish_message(
        message_id=numbered(conversation, 4).pk,
        status=Message.Status.COMPLETED,
        content="",
        tokens=0,
        metadata={},
    )


def select(conversation: Conversation) -> None:
    select_branch(user=conversation.user, message_id=numbered(conversation, 5).pk)


def change(conversation: Conversation, **changes: Any) -> None:
    update_conversation(user=conversation.user, conversation_id=conversation.pk, changes=changes)


CHANGES: dict[str, Callable[[Conversation], Any]] = {
    "a new message": say,
    "an answer that ends": finish,
    "an answer that is tried again": lambda talk: reopen_message(message_id=numbered(talk, 4).pk),
    "a message that is changed or deleted": lambda talk: void_derived(numbered(talk, 1)),
    "another branch": select,
    "a title that was made": lambda talk: set_generated_title(
        conversation_id=talk.pk, title="Made", instead_of=talk.title
    ),
    "a new title": partial(change, title="New"),
    "the archive": partial(change, archived=True),
    "a pin": partial(change, pinned=True),
    "a folder": partial(change, folder="Work"),
    "another model": partial(change, model_config={"model": "other"}),
}


@pytest.mark.parametrize("what", CHANGES)
def test_every_change_of_a_conversation_is_seen_by_every_read_of_it(
    talk: Conversation, api: APIClient, what: str
) -> None:
    before = validators(api, talk)
    CHANGES[what](talk)
    after = validators(api, talk)
    assert [path for path in before if before[path] == after[path]] == []
    for path, etag in before.items():
        response = api.get(path, headers={"If-None-Match": etag})
        assert response.status_code == 200
        assert response.headers["ETag"] == after[path]


def test_who_writes_messages_is_known() -> None:
    """A new writer belongs here, and into CHANGES where it changes what somebody may have kept."""
    write = re.compile(
        r"(?:COPY|INSERT INTO|UPDATE|DELETE FROM) messages\b"
        r"|Message\.objects[^\n]*\.(?:update|delete|create|bulk_create)\b"
    )
    folders = ("conversations", "moderation", "streaming")
    found = {
        str(path.relative_to(ROOT))
        for folder in folders
        for path in Path(ROOT, folder).rglob("*.py")
        if "migrations" not in path.parts and write.search(path.read_text())
    }
    assert found == {
        "conversations/branches.py",  # select_branch; else beside append_turn, which is a change by itself
        "conversations/deletion.py",  # with the whole conversation
        "conversations/imports/store.py",  # with a whole conversation
        "conversations/recording.py",  # with a whole conversation
        "conversations/search/language.py",  # nothing that anybody sees
        "conversations/services.py",
    }


def test_what_has_not_changed_is_not_sent_again(
    talk: Conversation, api: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for path, etag in validators(api, talk).items():
        with django_assert_num_queries(2):  # the user, the versions
            response = api.get(path, headers={"If-None-Match": etag})
        assert response.status_code == 304
        assert response.content == b""
        assert "Content-Type" not in response.headers
        assert response.headers["ETag"] == etag


def test_the_first_read_costs_no_more_for_its_validator(
    talk: Conversation, api: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    # the user; then the page, the conversation, or either with the messages and their siblings
    for path, queries in zip(paths(talk), [2, 2, 2, 4, 4, 3], strict=True):
        with django_assert_num_queries(queries):
            assert api.get(path).status_code == 200


def test_only_the_one_who_asks_may_keep_it_and_asks_each_time(talk: Conversation, api: APIClient) -> None:
    for path, etag in validators(api, talk).items():
        for headers in ({}, {"If-None-Match": etag}):
            response = api.get(path, headers=headers)
            assert response.headers["Cache-Control"] == "private, no-cache"
            assert {"Accept", "Authorization", "Cookie"} <= set(response.headers["Vary"].split(", "))


@pytest.mark.parametrize("form", ["*", '"other", {}', "{}", "strong"])
def test_a_client_may_name_what_it_has_in_every_form(talk: Conversation, api: APIClient, form: str) -> None:
    path = path_of(talk)
    etag = api.get(path).headers["ETag"]
    assert re.fullmatch(r'W/"[0-9a-f]{24}"', etag)
    named = etag.removeprefix("W/") if form == "strong" else form.format(etag)
    assert api.get(path, headers={"If-None-Match": named}).status_code == 304


@pytest.mark.parametrize("named", ["", '""', "W/", 'W/"0"', "\x7f", '"unclosed', "x" * 5_000])
def test_what_is_no_validator_of_ours_gets_the_whole_answer(talk: Conversation, api: APIClient, named: str) -> None:
    for path in paths(talk):
        assert api.get(path, headers={"If-None-Match": named}).status_code == 200


def test_a_validator_opens_no_door(talk: Conversation, api: APIClient, other_api: APIClient) -> None:
    for path, etag in validators(api, talk).items():
        for headers in ({"If-None-Match": etag}, {"If-None-Match": "*"}):
            if not path.startswith(f"{LIST}?") and path != LIST:
                assert_error(other_api.get(path, headers=headers), 404, "not_found")
            assert_error(APIClient().get(path, headers=headers), 401, "unauthorized")
        assert other_api.get(path, headers={"If-None-Match": etag}).status_code in {200, 404}


def test_errors_have_no_validator(talk: Conversation, api: APIClient) -> None:
    wrong = f"{path_of(talk, 'messages/')}?cursor={cursor(p='soon')}"
    response = api.get(wrong)
    assert_error(response, 400, "invalid_input")
    assert "ETag" not in response.headers


def test_the_list_tells_new_and_deleted_conversations(user: User, api: APIClient) -> None:
    seen = [api.get(LIST).headers["ETag"]]
    first = make_conversation(user, title="first")
    seen.append(api.get(LIST).headers["ETag"])
    create_conversation(user=user, title="second")
    seen.append(api.get(LIST).headers["ETag"])
    delete_conversation(user=user, conversation_id=first.pk)
    seen.append(api.get(LIST).headers["ETag"])
    assert len(set(seen)) == 4


def test_a_page_of_the_list_tells_whether_there_are_others(user: User, api: APIClient) -> None:
    last = make_conversation(user)
    before = api.get(LIST, {"limit": 1}).headers["ETag"]
    make_conversation(user, title="older")
    Conversation.objects.exclude(pk=last.pk).update(last_message_at="2020-01-01T00:00:00Z")
    after = api.get(LIST, {"limit": 1})
    assert after.json()["results"][0]["id"] == str(last.pk)
    assert after.headers["ETag"] != before


def test_another_release_shows_everything_anew(
    talk: Conversation, api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    etag = api.get(path_of(talk)).headers["ETag"]
    monkeypatch.setattr(etags, "_release", lambda: b"another")
    assert api.get(path_of(talk), headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_lock_alone_changes_nothing_and_a_vacuum_does_not_either(user: User, api: APIClient) -> None:
    talk = make_conversation(user, messages=1)
    before = validators(api, talk)
    with connection.cursor() as database:
        database.execute("SELECT id FROM conversations FOR UPDATE")
        database.execute("VACUUM (FREEZE) conversations")
    assert validators(api, talk) == before


def test_a_validator_is_of_one_conversation(user: User, api: APIClient) -> None:
    etags_seen: set[Any] = set()
    ids: list[UUID] = []
    for _ in range(3):
        made = make_conversation(user)
        ids.append(made.pk)
        etags_seen.add(api.get(path_of(made)).headers["ETag"])
    assert len(etags_seen) == len(ids)
