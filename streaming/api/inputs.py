"""What the doors that take a message accept."""

from typing import Annotated, TypeVar
from uuid import UUID

import msgspec

from chatbot.lib.errors import InvalidInput
from streaming.services import Edit, NewMessage, Regeneration


class MessageInput(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST …/messages/`."""

    client_message_id: UUID
    content: str
    parent_id: UUID | None = None
    model: str | None = None
    attachments: list[UUID] = msgspec.field(default_factory=list)

    def as_message(self, conversation_id: UUID | None) -> NewMessage:
        """The message for the service."""
        return NewMessage(
            client_message_id=self.client_message_id,
            content=self.content,
            conversation_id=conversation_id,
            parent_id=self.parent_id,
            model=self.model,
            attachments=tuple(self.attachments),
        )


class StreamInput(MessageInput):
    """The body of `POST chat/stream/`: the same with the conversation, null for a new one."""

    conversation_id: UUID | None = None


class EditInput(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST messages/{id}/edit/`. Without `attachments` the message keeps its own."""

    client_message_id: UUID
    content: str
    attachments: list[UUID] | None = None

    def as_edit(self, message_id: UUID) -> Edit:
        """The edit for the service."""
        attachments = None if self.attachments is None else tuple(self.attachments)
        return Edit(
            client_message_id=self.client_message_id,
            message_id=message_id,
            content=self.content,
            attachments=attachments,
        )


class RegenerateInput(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST messages/{id}/regenerate/`."""

    client_message_id: UUID
    model: str | None = None

    def as_request(self, message_id: UUID) -> Regeneration:
        """The request for the service."""
        return Regeneration(client_message_id=self.client_message_id, message_id=message_id, model=self.model)


class BatchInput(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST chat/batch/`. Each message is read by itself: a bad one harms no other."""

    messages: Annotated[list[msgspec.Raw], msgspec.Meta(min_length=1, max_length=20)]


Input = TypeVar("Input", MessageInput, StreamInput, EditInput, RegenerateInput, BatchInput)


def read(kind: type[Input], body: bytes | msgspec.Raw) -> Input:
    """A body of this kind; raises InvalidInput."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(f"The body is not valid: {error}") from error
