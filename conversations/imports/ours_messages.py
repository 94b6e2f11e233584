"""The messages of an export of ours."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from conversations.imports.drafts import NO_MESSAGES, DraftMessage, Refused, clean, clean_content, mark_current, moment
from conversations.models import Feedback, Message

UNREADABLE = "A message could not be read and was left out."
ORPHANS = "Some messages had lost the one before them."
DETAILS = "Some details of messages could not be kept."

# What is known of an answer, one value a name: numbers, words, yes and no.
_NAME = re.compile(r"[a-z_]{1,40}")
LONGEST_VALUE = 2_000
LARGEST = 2**53
MOST_TOKENS = 2**31 - 1
# What waits for somebody waits here for nobody.
ENDED = {Message.Status.PENDING: Message.Status.STOPPED, Message.Status.HELD: Message.Status.BLOCKED}


class _Said(msgspec.Struct):
    id: str
    role: str
    content: str
    parent_id: str | None = None
    status: str = "completed"
    tokens: int = 0
    sequence_number: int = 0
    current: bool = True
    metadata: dict[str, Any] = msgspec.field(default_factory=dict)
    created_at: datetime | None = None
    feedback: dict[str, Any] | None = None


_read_said = msgspec.json.Decoder(_Said).decode


def read_messages(rows: Iterable[msgspec.Raw], notes: set[str]) -> list[DraftMessage]:
    """The messages, parents before their children; raises Refused when there are none."""
    read: dict[str, tuple[int, DraftMessage]] = {}
    for row in rows:
        try:
            said = _read_said(row)
            number, message = said.sequence_number, _message(said, notes)
        except (msgspec.DecodeError, ValueError):
            notes.add(UNREADABLE)
            continue
        read.setdefault(message.key, (number, message))
    messages = _in_order([message for _, message in sorted(read.values(), key=lambda pair: pair[0])], notes)
    if not messages:
        raise Refused(NO_MESSAGES)
    if not _is_branch(messages):
        leaf = next((message.key for message in reversed(messages) if message.current), None)
        for message in messages:
            message.current = False
        mark_current(messages, leaf)
    return messages


def _message(said: _Said, notes: set[str]) -> DraftMessage:
    """Raises ValueError for a role or a status that there is not."""
    role, status = Message.Role(said.role), Message.Status(said.status)
    return DraftMessage(
        key=said.id,
        parent=said.parent_id,
        role=role,
        status=ENDED.get(status, status),
        content=clean_content(said.content, notes),
        created_at=moment(said.created_at),
        tokens=said.tokens if 0 <= said.tokens <= MOST_TOKENS else 0,
        current=said.current,
        metadata=_metadata(said.metadata, notes),
        feedback=_feedback(said.feedback or {}, notes) if role == Message.Role.ASSISTANT else None,
    )


def _in_order(messages: Sequence[DraftMessage], notes: set[str]) -> list[DraftMessage]:
    """Parents before their children, otherwise as they come. Who has lost the parent begins a branch."""
    left = {message.key: message for message in messages}
    ordered: list[DraftMessage] = []
    waiting: dict[str, list[DraftMessage]] = {}

    def place(message: DraftMessage) -> None:
        ready = [message]
        while ready:
            one = ready.pop()
            if left.pop(one.key, None) is not None:
                ordered.append(one)
                ready += reversed(waiting.pop(one.key, []))

    for message in messages:
        if message.parent is None or message.parent not in left:
            place(message)
        else:
            waiting.setdefault(message.parent, []).append(message)
    while left:  # they go round in a circle
        place(next(iter(left.values())))
    placed: set[str] = set()
    for message in ordered:
        if message.parent is not None and message.parent not in placed:
            message.parent = None
            notes.add(ORPHANS)
        placed.add(message.key)
    return ordered


def _is_branch(messages: Sequence[DraftMessage]) -> bool:
    """Whether the messages that are shown can be a branch: each below one that is shown, none beside another."""
    shown: set[str] = set()
    parents: set[str] = set()
    for message in messages:
        if message.current:
            if message.parent is not None and (message.parent not in shown or message.parent in parents):
                return False
            shown.add(message.key)
            parents.add(message.parent or "")
    return bool(shown)


def _metadata(found: dict[str, Any], notes: set[str]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in found.items():
        if name == "attachments" and isinstance(value, list):
            kept[name] = [one for one in value if isinstance(one, dict)]
        elif name == "error" and isinstance(value, dict):
            kept[name] = {key: clean(text, notes) for key, text in value.items() if _is_words(key, text)}
        elif _is_words(name, value):
            kept[name] = clean(value, notes)
        elif _NAME.fullmatch(name) and (value is None or isinstance(value, bool) or _is_number(value)):
            kept[name] = value
        else:
            notes.add(DETAILS)
    return kept


def _is_words(name: str, value: object) -> bool:
    return bool(_NAME.fullmatch(name)) and isinstance(value, str) and len(value) <= LONGEST_VALUE


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and -LARGEST < value < LARGEST


def _feedback(found: dict[str, Any], notes: set[str]) -> dict[str, Any] | None:
    if not found:
        return None
    rating, reason, comment = found.get("rating"), found.get("reason") or "", found.get("comment") or ""
    known = rating in Feedback.Rating.values and reason in {"", *Feedback.Reason.values}
    if isinstance(rating, bool) or not known or not isinstance(comment, str):
        notes.add(DETAILS)
        return None
    times = {name: moment(_time(found.get(name))) for name in ("created_at", "updated_at")}
    return {"rating": rating, "reason": reason, "comment": clean(comment[:LONGEST_VALUE], notes), **times}


def _time(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
