"""What the doors take and give as readers of the documentation see it, and examples of it."""

from typing import Any

from rest_framework import serializers

from chatbot.lib.errors import (
    AppError,
    ContentPolicy,
    GenerationActive,
    IdempotencyConflict,
    InvalidInput,
    MessageTooLong,
    NotFound,
    ProviderUnavailable,
    QuotaExceeded,
)
from chatbot.lib.openapi import REF, Schema, component, rename
from conversations.api.schema.shapes import ID, MESSAGE_ID, PLACEHOLDER, PROMPT, MessageShape
from streaming import events
from streaming.api.inputs import StreamInput
from streaming.models import Generation

MESSAGES, CHAT, ACCOUNT = "Messages", "Chat", "Account"
CLIENT_ID = "6f7c1c0e-2f5b-4c56-9a53-0a4a2f0f6c11"
# What keeps a message from being taken.
REFUSALS: tuple[type[AppError], ...] = (
    *(InvalidInput, MessageTooLong, NotFound, IdempotencyConflict, GenerationActive, ContentPolicy),
    *(QuotaExceeded, ProviderUnavailable),
)


class AcceptedShape(serializers.Serializer[Any]):
    """The message is kept, and its answer will come. `duplicate`: it was kept before, under the same id."""

    type = serializers.ChoiceField(choices=["accepted"])
    client_message_id = serializers.UUIDField()
    conversation_id = serializers.UUIDField()
    user_message = MessageShape()
    assistant_message = MessageShape()
    duplicate = serializers.BooleanField()


class StoppedShape(serializers.Serializer[Any]):
    """The answer that is ended."""

    message_id = serializers.UUIDField()


class RetriedShape(serializers.Serializer[Any]):
    """The answer that is tried again, and how far it is."""

    message_id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=Generation.Status.choices)


class ModelShape(serializers.Serializer[Any]):
    """A model. Lengths are in tokens. `can_see`: it reads images."""

    id = serializers.CharField()
    name = serializers.CharField()
    provider = serializers.CharField()
    context_window = serializers.IntegerField()
    max_output_tokens = serializers.IntegerField()
    can_see = serializers.BooleanField()
    default = serializers.BooleanField()


class ModelsShape(serializers.Serializer[Any]):
    """All models, on one page."""

    results = ModelShape(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


for _name, _shape in (
    ("Accepted", AcceptedShape),
    ("Stopped", StoppedShape),
    ("Retried", RetriedShape),
    ("Model", ModelShape),
    ("Models", ModelsShape),
):
    rename(_name, _shape)


def _batch() -> tuple[Schema, Schema]:
    """What a batch takes, and what it gives: for each message what it would get alone."""
    other = {"description": "Anything else gets an error in its place."}
    item = {"anyOf": [component(StreamInput), other]}
    takes = {"type": "array", "minItems": 1, "maxItems": 20, "items": item}
    gives = {"type": "array", "items": {"oneOf": [{"$ref": REF.format(name=name)} for name in ("Accepted", "Error")]}}
    body = {"type": "object", "additionalProperties": False}
    return (
        {**body, "required": ["messages"], "properties": {"messages": takes}},
        {"type": "object", "required": ["results"], "properties": {"results": gives}},
    )


BATCH, RESULTS = _batch()
SENT = {"client_message_id": CLIENT_ID, "content": "What is the capital of France?"}
ACCEPTED = {
    "type": "accepted",
    "client_message_id": CLIENT_ID,
    "conversation_id": ID,
    "user_message": PROMPT,
    "assistant_message": PLACEHOLDER,
    "duplicate": False,
}
STREAM = {"description": "`data:` lines, each with an object that has a `type`; `id:` is its `seq`."}
LINES = "\n\n".join(
    [
        f'id: 1\ndata: {{"type":"status","message_id":"{MESSAGE_ID}","seq":1,"status":"running","attempt":1}}',
        f'id: 2\ndata: {{"type":"token","message_id":"{MESSAGE_ID}","seq":2,"content":"Paris."}}',
        f'id: 3\ndata: {{"type":"done","message_id":"{MESSAGE_ID}","seq":3,"status":"completed","metadata":{{}}}}\n\n',
    ]
)
KINDS = ("Status", "Token", "Reset", "Snapshot", "Done", "Error")
for _kind in KINDS[:-1]:
    component(getattr(events, _kind))
HOW_TO_FOLLOW = (
    "Server-sent events, as over the WebSocket: `status`, `token` (to be appended), `reset` and `snapshot` (which "
    "replace the text so far) and at the end `done`; their schemas are `Status`, `Token`, `Reset`, `Snapshot`, `Done`. "
    "`seq` rises by one from 1. After a lost connection ask `/messages/{message_id}/events/` with `Last-Event-ID`."
)
