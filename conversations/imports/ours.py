"""A conversation of an export of ours (conversations.exports tells the format)."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from django.utils import timezone

from conversations.exports import VERSION
from conversations.imports import limits
from conversations.imports.drafts import Draft, Refused, clean, moment
from conversations.imports.ours_messages import read_messages

NEWER = "It was made by a newer version."
NO_ID = "It has no id."
SETTINGS = "Its settings could not be read and were left out."
DETAILS = "Some of its details could not be kept."

_SOURCE = re.compile(r"(?:chatbot|chatgpt):[!-~]{1,100}")
# What programs may attach to a conversation: OpenAI's rule.
MOST_TAGS, LONGEST_TAG, LONGEST_VALUE = 16, 64, 512


class ModelConfig(msgspec.Struct, omit_defaults=True):
    """How a conversation is answered."""

    model: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    system_prompt: Annotated[str, msgspec.Meta(max_length=20_000)] | None = None
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] | None = None
    max_tokens: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None


_read_config = msgspec.json.Decoder(ModelConfig).decode


class Ours(msgspec.Struct):
    """What we read of one conversation."""

    format: str
    version: int
    id: str
    messages: list[msgspec.Raw]
    origin: str = msgspec.field(name="source", default="")
    title: str = ""
    model_config: msgspec.Raw = msgspec.Raw(b"{}")
    metadata: dict[str, Any] = msgspec.field(default_factory=dict)
    archived: bool = False
    pinned: bool = False
    folder: str = ""
    created_at: datetime | None = None
    last_message_at: datetime | None = None
    expires_at: datetime | None = None
    attachments: list[dict[str, Any]] = msgspec.field(default_factory=list)

    @property
    def source(self) -> str:
        """What it was made from: where an export holds what was imported before, that is still the first of them."""
        source = self.origin or f"chatbot:{self.id}"
        if not _SOURCE.fullmatch(source):
            raise Refused(NO_ID)
        return source

    def draft(self) -> Draft:
        """The conversation as we keep it; raises Refused."""
        if self.version > VERSION:
            raise Refused(NEWER)
        notes: set[str] = set()
        return Draft(
            source=self.source,
            title=clean(self.title[: limits.TITLE], notes),
            messages=read_messages(self.messages, notes),
            model_config=self._model_config(notes),
            metadata=self._tags(notes),
            archived=self.archived,
            pinned=self.pinned,
            folder=clean(self.folder[: limits.FOLDER], notes),
            created_at=moment(self.created_at),
            last_message_at=moment(self.last_message_at),
            expires_at=self._end(),
            files=self.attachments,
            notes=notes,
        )

    def _model_config(self, notes: set[str]) -> dict[str, Any]:
        try:
            config: dict[str, Any] = msgspec.to_builtins(_read_config(self.model_config))
        except msgspec.DecodeError:
            notes.add(SETTINGS)
            return {}
        return {name: clean(value, notes) if isinstance(value, str) else value for name, value in config.items()}

    def _tags(self, notes: set[str]) -> dict[str, str]:
        tags = {
            clean(name, notes): clean(value, notes)
            for name, value in self.metadata.items()
            if len(name) <= LONGEST_TAG and isinstance(value, str) and len(value) <= LONGEST_VALUE
        }
        if len(tags) < len(self.metadata) or len(tags) > MOST_TAGS:
            notes.add(DETAILS)
        return tags if len(tags) <= MOST_TAGS else {}

    def _end(self) -> datetime | None:
        """When a temporary chat is deleted. One whose time is over was kept by its export on purpose."""
        end = self.expires_at
        if end is None or end.tzinfo is None or not timezone.now() < end < timezone.now() + timedelta(days=366):
            return None
        return end
