"""The frames of the WebSocket and the events of an answer (contract 3.4), typed; unknown fields are refused."""

from typing import Annotated, Any
from uuid import UUID

import msgspec


class _Event(msgspec.Struct, tag_field="type", forbid_unknown_fields=True, omit_defaults=True):
    pass


# -- server to client ---------------------------------------------------------


class Ready(_Event, tag="ready"):
    """First frame."""

    user_id: str
    limits: dict[str, int]
    protocol: int = msgspec.field(default_factory=lambda: 1)


class Accepted(_Event, tag="accepted"):
    """The message is durable."""

    client_message_id: str
    conversation_id: str
    user_message: dict[str, Any]
    assistant_message: dict[str, Any]
    duplicate: bool


class AnswerEvent(_Event):
    """Whatever concerns an answer."""

    message_id: str
    seq: int


class Status(AnswerEvent, tag="status"):
    """How the answer is getting on. `retry_after` is in seconds."""

    status: str
    attempt: int
    retry_after: int | None = None
    message: str | None = None


class Token(AnswerEvent, tag="token"):
    """One or more tokens, to be appended."""

    content: str


class Reset(AnswerEvent, tag="reset"):
    """Replaces the text so far."""

    attempt: int
    content: str


class Snapshot(AnswerEvent, tag="snapshot"):
    """The whole text up to `seq`."""

    status: str
    content: str


class Done(AnswerEvent, tag="done"):
    """The end."""

    status: str
    metadata: dict[str, Any]


class Error(_Event, tag="error"):
    """Something was refused; the socket stays open."""

    code: str
    message: str
    retry_after: int | None = None
    client_message_id: str | None = None
    message_id: str | None = None
    details: dict[str, Any] | None = None
    fallback_suggestions: list[str] | None = None


class ConversationChanged(_Event, tag="conversation.changed"):
    """For the other tabs and devices of the user."""

    conversation: dict[str, Any]


class ConversationDeleted(_Event, tag="conversation.deleted"):
    """For the other tabs and devices of the user."""

    conversation_id: str


class Pong(_Event, tag="pong"):
    """The answer to a ping."""


encode = msgspec.json.Encoder().encode


# -- client to server ---------------------------------------------------------


# JavaScript counts exactly up to here.
Seq = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class MessageSend(_Event, tag="message.send"):
    """A new message; `conversation_id` null begins a conversation."""

    client_message_id: UUID
    content: str
    conversation_id: UUID | None = None
    parent_id: UUID | None = None
    model: str | None = None
    attachments: list[UUID] = msgspec.field(default_factory=list)


class MessageRegenerate(_Event, tag="message.regenerate"):
    """Another answer beside the answer `message_id`."""

    client_message_id: UUID
    message_id: UUID
    model: str | None = None


class MessageEdit(_Event, tag="message.edit"):
    """Another wording of the user's message `message_id`."""

    client_message_id: UUID
    message_id: UUID
    content: str


class GenerationStop(_Event, tag="generation.stop"):
    """Ends an answer; its text so far is kept."""

    message_id: UUID


class GenerationFollow(_Event, tag="generation.follow"):
    """Asks for the events of an answer after `after_seq`."""

    message_id: UUID
    after_seq: Seq = 0


class GenerationUnfollow(_Event, tag="generation.unfollow"):
    """Ends a follow; the answer goes on."""

    message_id: UUID


class Ping(_Event, tag="ping"):
    """Is anybody there?"""


ClientFrame = (
    MessageSend | MessageRegenerate | MessageEdit | GenerationStop | GenerationFollow | GenerationUnfollow | Ping
)

decode_frame = msgspec.json.Decoder(ClientFrame).decode
