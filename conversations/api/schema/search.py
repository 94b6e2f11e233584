"""Documents the door of searches."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers

from chatbot.lib.errors import InvalidInput, NotFound
from chatbot.lib.openapi import Operation, Reply, describe, query, rename
from conversations.api.schema.shapes import CONVERSATION, MESSAGE_ID, MOMENT
from conversations.api.search import PLACES, SearchDoor
from conversations.models import Message


class PartShape(serializers.Serializer[Any]):
    """A piece of a text; `match` says whether it is what was looked for."""

    text = serializers.CharField(allow_blank=True)
    match = serializers.BooleanField()


class ResultShape(serializers.Serializer[Any]):
    """A message that was found, or a conversation: then what belongs to a message is null."""

    conversation_id = serializers.UUIDField()
    conversation_title = serializers.CharField(allow_blank=True)
    message_id = serializers.UUIDField(allow_null=True)
    role = serializers.ChoiceField(choices=Message.Role.choices, allow_null=True)
    current = serializers.BooleanField(allow_null=True, help_text="On the branch that the conversation shows.")
    created_at = serializers.DateTimeField(allow_null=True)
    match = serializers.CharField(help_text="What matched: whole words, parts of words, or the title.")
    rank = serializers.FloatField(allow_null=True)
    snippet = PartShape(many=True)


class ResultsShape(serializers.Serializer[Any]):
    """A page of results."""

    results = ResultShape(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


rename("SearchPart", PartShape)
rename("SearchResult", ResultShape)
rename("SearchResults", ResultsShape)

RESULT = {
    "conversation_id": CONVERSATION["id"],
    "conversation_title": CONVERSATION["title"],
    "message_id": MESSAGE_ID,
    "role": "assistant",
    "current": True,
    "created_at": MOMENT,
    "match": "words",
    "rank": 0.1,
    "snippet": [{"text": "The capital of France is ", "match": False}, {"text": "Paris", "match": True}],
}

describe(
    SearchDoor,
    get=Operation(
        id="search",
        tag="Search",
        summary="Search the own messages",
        description=(
            'Words, "phrases", -words to leave out, `or` between words, and beginnings* of words. Words are found in '
            "other forms too; where nothing has them, as parts of words. Best first. Temporary chats are not searched."
        ),
        parameters=[
            query("q", OpenApiTypes.STR, "What to look for.", example="capital France", required=True),
            query("in", OpenApiTypes.STR, "Where to look.", enum=PLACES),
            query("role", OpenApiTypes.STR, "Only what this side said.", enum=Message.Role.values),
            query("model", OpenApiTypes.STR, "Only answers of this model."),
            query("conversation", OpenApiTypes.UUID, "Only in this conversation."),
            query("after", {"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}, "Not older."),
            query("before", {"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}, "Older only."),
            query("limit", {"type": "integer", "minimum": 1, "default": 20}, "Results on a page, 50 at most."),
            query("cursor", OpenApiTypes.STR, "From `next` or `previous` of another page."),
        ],
        replies=[Reply(kind=ResultsShape, example={"results": [RESULT], "next": None, "previous": None})],
        errors=[InvalidInput, NotFound],
    ),
)
