"""A conversation that is about to be stored, whatever it was made from, and the cleaning of what goes into it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from conversations.imports import limits

REPLACEMENT = "\ufffd"
# The year 3000.
LATEST = 32_503_680_000

NO_MESSAGES = "There are no messages in it."
CHARACTERS = "Some characters cannot be stored and were replaced."
TOO_LONG = f"A message had more than {limits.CONTENT:,} characters and was cut."


class Refused(Exception):
    """This conversation cannot be taken; the text says why."""


@dataclass(slots=True, kw_only=True)
class DraftMessage:
    """A message. `key` and `parent` are the ids that its source gave."""

    key: str
    parent: str | None
    role: str
    status: str
    content: str
    created_at: datetime | None
    tokens: int = 0
    current: bool = False
    metadata: dict[str, Any] = field(default_factory=dict)
    feedback: dict[str, Any] | None = None


@dataclass(slots=True, kw_only=True)
class Draft:
    """A conversation with its messages, parents before their children. `notes` tell what could not be kept."""

    source: str
    title: str
    messages: list[DraftMessage]
    model_config: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    archived: bool = False
    pinned: bool = False
    folder: str = ""
    created_at: datetime | None = None
    last_message_at: datetime | None = None
    expires_at: datetime | None = None
    # What the archive holds for it, as its document lists it.
    files: list[dict[str, Any]] = field(default_factory=list)
    notes: set[str] = field(default_factory=set)


def clean(text: str, notes: set[str]) -> str:
    """`text` without what PostgreSQL cannot store: NUL and halves of surrogate pairs."""
    whole = text.replace("\x00", REPLACEMENT)
    try:
        whole.encode()
    except UnicodeEncodeError:
        whole = whole.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if whole != text:
        notes.add(CHARACTERS)
    return whole


def clean_content(text: str, notes: set[str]) -> str:
    """The text of a message."""
    if len(text) > limits.CONTENT:
        notes.add(TOO_LONG)
        text = text[: limits.CONTENT]
    return clean(text, notes)


def clean_line(text: str, notes: set[str], *, longest: int) -> str:
    """A title or a name: one line, cut where it is too long."""
    return clean(" ".join(text.split())[:longest], notes)


def moment(value: datetime | float | None) -> datetime | None:
    """A time in UTC; None for what cannot be one of a conversation."""
    if isinstance(value, int | float):
        # Also false for what is no number.
        value = datetime.fromtimestamp(value, UTC) if 0 <= value <= LATEST else None
    if value is None or not 1970 <= value.year < 3000:
        return None
    value = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return value if value <= timezone.now() + timedelta(days=1) else None


def mark_current(messages: list[DraftMessage], leaf: str | None) -> None:
    """Makes the branch of the message `leaf` the one that is shown, down to its newest leaf; without one, the branch of
    the last message. `messages` have parents before their children.
    """
    by_key = {message.key: message for message in messages}
    newest_child = {message.parent: message.key for message in messages if message.parent is not None}
    key: str | None = leaf if leaf in by_key else messages[-1].key
    while key in newest_child:
        key = newest_child[key]
    while key is not None:
        by_key[key].current = True
        key = by_key[key].parent
