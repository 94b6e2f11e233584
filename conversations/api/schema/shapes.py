"""Conversations and messages as readers of the documentation see them, and examples of them.

The doors make these objects without serializers (conversation_as_dict, Message.as_dict), for speed.
"""

from typing import Any

from rest_framework import serializers

from chatbot.lib.openapi import rename
from conversations.models import Message

ID = "a701a204-cc11-8a00-8001-2b7c9d1e4f60"
PROMPT_ID = "a701a204-cd20-8b10-8a02-5d3e7f1a9c44"
MESSAGE_ID = "a701a204-ce2d-8f30-8fc4-7f3a1c9d1055"
MOMENT = "2026-11-22T18:30:00.123456+00:00"


class ConversationShape(serializers.Serializer[Any]):
    """A conversation. `model`, `system_prompt`, `temperature` and `max_tokens` are null where the defaults hold."""

    id = serializers.UUIDField()
    title = serializers.CharField(allow_blank=True)
    preset = serializers.UUIDField(allow_null=True, help_text="What it began with, while that is there.")
    model = serializers.CharField(allow_null=True)
    system_prompt = serializers.CharField(allow_null=True, allow_blank=True)
    temperature = serializers.FloatField(allow_null=True)
    max_tokens = serializers.IntegerField(allow_null=True)
    archived = serializers.BooleanField()
    pinned = serializers.BooleanField()
    folder = serializers.CharField(allow_blank=True)
    message_count = serializers.IntegerField()
    total_tokens = serializers.IntegerField()
    last_message_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True, help_text="When a temporary chat is deleted.")
    created_at = serializers.DateTimeField()


class MessageShape(serializers.Serializer[Any]):
    """A message. `siblings` are the ids of the wordings or answers beside it, itself included, and `position` counts
    them from 1. `rating` is what its user thinks of it, 1 or -1. The `metadata` of an answer tells how it came about;
    those of a user's message, under `attachments`, which files it brings.
    """

    id = serializers.UUIDField()
    conversation_id = serializers.UUIDField()
    parent_id = serializers.UUIDField(allow_null=True)
    role = serializers.ChoiceField(choices=Message.Role.choices)
    status = serializers.ChoiceField(choices=Message.Status.choices)
    content = serializers.CharField(allow_blank=True)
    tokens = serializers.IntegerField()
    sequence_number = serializers.IntegerField()
    metadata = serializers.DictField()
    siblings = serializers.ListField(child=serializers.UUIDField())
    position = serializers.IntegerField(min_value=1)
    rating = serializers.IntegerField(allow_null=True, min_value=-1, max_value=1)
    created_at = serializers.DateTimeField()


rename("Conversation", ConversationShape)
rename("Message", MessageShape)

CONVERSATION = {
    "id": ID,
    "title": "The capital of France",
    "preset": None,
    "model": None,
    "system_prompt": None,
    "temperature": None,
    "max_tokens": None,
    "archived": False,
    "pinned": False,
    "folder": "",
    "message_count": 2,
    "total_tokens": 9,
    "last_message_at": MOMENT,
    "expires_at": None,
    "created_at": MOMENT,
}
PROMPT: dict[str, Any] = {
    "id": PROMPT_ID,
    "conversation_id": ID,
    "parent_id": None,
    "role": "user",
    "status": "completed",
    "content": "What is the capital of France?",
    "tokens": 0,
    "sequence_number": 1,
    "metadata": {},
    "siblings": [PROMPT_ID],
    "position": 1,
    "rating": None,
    "created_at": MOMENT,
}
PLACEHOLDER = {
    **PROMPT,
    "id": MESSAGE_ID,
    "parent_id": PROMPT_ID,
    "role": "assistant",
    "status": "pending",
    "content": "",
    "sequence_number": 2,
    "siblings": [MESSAGE_ID],
}
ANSWER = {
    **PLACEHOLDER,
    "status": "completed",
    "content": "The capital of France is Paris.",
    "tokens": 9,
    "metadata": {
        "model": "gpt-5-mini",
        "finish_reason": "stop",
        "prompt_tokens": 14,
        "completion_tokens": 9,
        "first_token_ms": 210,
        "total_ms": 640,
        "attempts": 1,
    },
}
