"""What a client asks for, the same on every door. Each has a hash that tells a repetition from another request."""

import hashlib
from dataclasses import dataclass
from uuid import UUID

import msgspec


def _hash(*parts: object) -> str:
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """A message and where it goes: after `parent_id`, else at the end of the branch that the conversation shows.

    Without a conversation it begins one, which may be `temporary`.
    """

    client_message_id: UUID
    content: str
    conversation_id: UUID | None = None
    parent_id: UUID | None = None
    model: str | None = None
    attachments: tuple[UUID, ...] = ()
    temporary: bool = False

    @property
    def body_hash(self) -> str:
        """Tells a repetition from another request under the same id."""
        more = ("temporary",) if self.temporary else ()
        return _hash(self.conversation_id, self.content, self.parent_id, self.model, self.attachments, *more)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Another wording of the user's message `message_id`. Without `attachments` it keeps those of that message."""

    client_message_id: UUID
    message_id: UUID
    content: str
    attachments: tuple[UUID, ...] | None = None

    @property
    def body_hash(self) -> str:
        """Tells a repetition from another request under the same id."""
        return _hash("edit", self.message_id, self.content, self.attachments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Regeneration:
    """Another answer beside the answer `message_id`, by `model` where one is named."""

    client_message_id: UUID
    message_id: UUID
    model: str | None = None

    @property
    def body_hash(self) -> str:
        """Tells a repetition from another request under the same id."""
        return _hash("regenerate", self.message_id, self.model)
