"""What the REST doors accept and show."""

from typing import Any

from rest_framework import serializers

from chatbot.lib.fields import DecimalField, FlagField, SlugField, WholeField, WrittenField
from conversations.measures import (
    FOLDER_LENGTH,
    MODEL_LENGTH,
    MOST_TOKENS,
    SYSTEM_PROMPT_LENGTH,
    TEMPERATURES,
    TITLE_LENGTH,
)
from conversations.models import Conversation, Message
from conversations.selectors import conversation_as_dict

MODEL_CONFIG = ("model", "system_prompt", "temperature", "max_tokens")


class ConversationInput(serializers.Serializer[Conversation]):
    """The fields of a conversation that a client may set. Text is kept as written, with its spaces."""

    title = WrittenField(max_length=TITLE_LENGTH, required=False, allow_blank=True)
    model = SlugField(max_length=MODEL_LENGTH, required=False, allow_null=True)
    system_prompt = WrittenField(max_length=SYSTEM_PROMPT_LENGTH, required=False, allow_null=True, allow_blank=True)
    temperature = DecimalField(min_value=TEMPERATURES[0], max_value=TEMPERATURES[1], required=False, allow_null=True)
    max_tokens = WholeField(min_value=1, max_value=MOST_TOKENS, required=False, allow_null=True)
    archived = FlagField(required=False)
    pinned = FlagField(required=False)
    folder = WrittenField(max_length=FOLDER_LENGTH, required=False, allow_blank=True)

    def changes(self) -> dict[str, Any]:
        """The validated fields, those of the model gathered under `model_config`."""
        data = dict(self.validated_data)
        config = {name: data.pop(name) for name in MODEL_CONFIG if name in data}
        return {**data, "model_config": config}


class NewConversationInput(ConversationInput):
    """The fields of a new conversation: it may be temporary, and begin with a preset."""

    temporary = FlagField(required=False, default=False)
    preset = serializers.UUIDField(required=False, allow_null=True, default=None)


class ConversationOutput(serializers.BaseSerializer[Conversation]):
    """A conversation as the contract shows it."""

    def to_representation(self, instance: Conversation) -> dict[str, Any]:
        """The contract's object."""
        return conversation_as_dict(instance)


class MessageOutput(serializers.BaseSerializer[Message]):
    """A message as the contract shows it."""

    def to_representation(self, instance: Message) -> dict[str, Any]:
        """The contract's object."""
        return instance.as_dict()
