"""Conversations of our own exports, also such as no export of ours would write."""

import json
from typing import Any

import msgspec
import pytest

from conversations.imports import limits
from conversations.imports.drafts import NO_MESSAGES, TOO_LONG, Draft, Refused
from conversations.imports.ours import DETAILS, NEWER, SETTINGS, Ours
from conversations.imports.ours_messages import DETAILS as MESSAGE_DETAILS
from conversations.imports.ours_messages import ORPHANS, UNREADABLE


def said(key: str, parent: str | None = None, number: int = 0, **fields: Any) -> dict[str, Any]:
    role = "user" if parent is None else "assistant"
    values = {"id": key, "parent_id": parent, "sequence_number": number, "role": role, "content": key.upper()}
    return {**values, **fields}


def draft(*messages: Any, **fields: Any) -> Draft:
    document = {"format": "chatbot-conversation", "version": 1, "id": "o-1", "messages": messages, **fields}
    return msgspec.json.decode(json.dumps(document).encode(), type=Ours).draft()


def keys(found: Draft) -> list[str]:
    return [message.key for message in found.messages]


def test_what_was_imported_before_keeps_its_first_source() -> None:
    assert draft(said("a")).source == "chatbot:o-1"
    assert draft(said("a"), source="chatgpt:c-1").source == "chatgpt:c-1"
    for source in ("evil:x", "chatbot:", "chatbot:a b", "chatbot:" + "x" * 200):
        with pytest.raises(Refused):
            _ = draft(said("a"), source=source).source


def test_a_newer_version_is_refused() -> None:
    with pytest.raises(Refused, match=NEWER):
        draft(said("a"), version=2)


def test_parents_come_before_their_children_whatever_the_numbers_say() -> None:
    found = draft(said("b", "a", 1), said("c", "b", 2), said("a", None, 3))
    assert keys(found) == ["a", "b", "c"]
    assert found.notes == set()


def test_lost_parents_and_circles_begin_branches() -> None:
    found = draft(said("a", "gone", 1), said("x", "z", 2), said("y", "x", 3), said("z", "y", 4), said("s", "s", 5))
    assert sorted(keys(found)) == ["a", "s", "x", "y", "z"]
    placed: set[str | None] = {None}
    for message in found.messages:
        assert message.parent in placed
        placed.add(message.key)
    assert found.notes == {ORPHANS}


def test_the_first_of_two_with_one_id_counts() -> None:
    found = draft(said("a", content="first"), said("a", content="second"))
    assert [message.content for message in found.messages] == ["first"]


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ([True, True, False, False], "ab"),
        ([True, False, True, True], "acd"),
        ([True, True, True, True], "acd"),  # two beside each other
        ([False, False, False, True], "acd"),  # a gap
        ([False, False, False, False], "acd"),
        ([True, False, True, False], "ac"),
    ],
)
def test_what_is_shown_is_one_branch(shown: list[bool], expected: str) -> None:
    tree = [("a", None), ("b", "a"), ("c", "a"), ("d", "c")]
    rows = [said(key, parent, n, current=shown[n]) for n, (key, parent) in enumerate(tree)]
    found = draft(*rows)
    assert "".join(message.key for message in found.messages if message.current) == expected


def test_messages_without_parents_that_are_all_shown_stay_so() -> None:
    found = draft(said("a", None, 1), said("b", None, 2), said("c", None, 3))
    assert all(message.current for message in found.messages)


@pytest.mark.parametrize(("status", "becomes"), [("pending", "stopped"), ("held", "blocked"), ("failed", "failed")])
def test_nothing_waits_for_ever(status: str, becomes: str) -> None:
    assert draft(said("a", status=status)).messages[0].status == becomes


@pytest.mark.parametrize(
    "broken",
    [
        5,
        {},
        {"id": "b"},
        said("b", role="system"),
        said("b", status="sleeping"),
        said("b", content=None),
        said("b", created_at="noon"),
        said("b", metadata=[]),
        said("b", sequence_number="one"),
    ],
)
def test_a_message_that_cannot_be_read_harms_no_other(broken: Any) -> None:
    found = draft(said("a"), broken)
    assert keys(found) == ["a"]
    assert found.notes == {UNREADABLE}


def test_settings_that_cannot_be_are_left_out() -> None:
    good = {"model": "big", "system_prompt": "Be kind.", "temperature": 0.5, "max_tokens": 9}
    assert draft(said("a"), model_config={**good, "unknown": 1}).model_config == good
    unusable: list[Any] = [{"temperature": 9}, {"max_tokens": 0}, {"model": "x" * 101}, [], "x", {"system_prompt": 5}]
    for bad in unusable:
        found = draft(said("a"), model_config=bad)
        assert (found.model_config, found.notes) == ({}, {SETTINGS})


def test_of_details_only_what_is_known_to_be_harmless_is_kept() -> None:
    kept = {"model": "big", "first_token_ms": 5, "estimated": True, "finish_reason": None, "rate": 0.5}
    error = {"code": "internal", "message": "No."}
    strange = {"error": {**error, "deep": [1]}, "deep": {"a": []}, "Upper": 1, "n": 2**60}
    found = draft(said("a", metadata={**kept, **strange}))
    assert found.messages[0].metadata == {**kept, "error": error}
    assert found.notes == {MESSAGE_DETAILS}


def test_tags_are_kept_as_programs_may_give_them() -> None:
    assert draft(said("a"), metadata={"topic": "tea"}).metadata == {"topic": "tea"}
    tags: list[Any] = [{"x" * 65: "a"}, {"a": "x" * 513}, {"a": 5}, {str(n): "" for n in range(17)}]
    for bad in tags:
        found = draft(said("a"), metadata=bad)
        assert (found.metadata, found.notes) == ({}, {DETAILS})


@pytest.mark.parametrize(
    "bad", [{"rating": 0}, {"rating": True}, {"rating": "1"}, {"rating": 1, "reason": "x"}, {"rating": 1, "comment": 5}]
)
def test_feedback_that_cannot_be_is_left_out(bad: dict[str, Any]) -> None:
    found = draft(said("q"), said("a", "q", 1, feedback=bad))
    assert found.messages[1].feedback is None
    assert found.notes == {MESSAGE_DETAILS}


def test_a_message_that_is_too_long_is_cut_and_noted() -> None:
    found = draft(said("a", content="x" * (limits.CONTENT + 1)))
    assert len(found.messages[0].content) == limits.CONTENT
    assert found.notes == {TOO_LONG}


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00", "2999-01-01T00:00:00Z"])
def test_a_time_that_cannot_be_is_no_time(time: str) -> None:
    found = draft(said("a", created_at=time), created_at=time, last_message_at=time)
    assert found.messages[0].created_at is found.created_at is found.last_message_at is None


def test_a_conversation_without_messages_is_refused() -> None:
    with pytest.raises(Refused, match=NO_MESSAGES):
        draft()


def test_a_temporary_chat_keeps_its_end_while_that_lies_ahead() -> None:
    assert draft(said("a"), expires_at="2001-01-01T00:00:00Z").expires_at is None
    assert draft(said("a"), expires_at="9998-01-01T00:00:00Z").expires_at is None
