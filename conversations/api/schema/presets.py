"""Documents the doors of presets."""

from typing import Any

from rest_framework import serializers

from chatbot.lib.errors import InvalidInput, NotFound, QuotaExceeded
from chatbot.lib.openapi import Operation, Reply, describe, rename
from conversations.api.presets import PresetChange, PresetDetail, PresetInput, PresetList
from conversations.api.schema.shapes import MOMENT

PRESETS = "Presets"


class PresetShape(serializers.Serializer[Any]):
    """A prompt that conversations begin with. What staff share is `shared`; the rest is the caller's own."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    text = serializers.CharField()
    model = serializers.CharField(allow_null=True)
    shared = serializers.BooleanField()
    updated_at = serializers.DateTimeField()


class PresetPage(serializers.Serializer[Any]):
    """All of them, on one page."""

    results = PresetShape(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


rename("Preset", PresetShape)
PRESET = {
    "id": "a701a204-da11-8c00-8003-0d1e2f3a4b5c",
    "name": "Proofreader",
    "text": "Correct spelling and grammar. Change nothing else.",
    "model": None,
    "shared": False,
    "updated_at": MOMENT,
}
SENT = {"name": PRESET["name"], "text": PRESET["text"]}

describe(
    PresetList,
    get=Operation(
        id="list_presets",
        tag=PRESETS,
        summary="List presets",
        description="What staff share with the caller, in their order, then the caller's own by name: all on one page.",
        replies=[Reply(kind=PresetPage, example={"results": [PRESET], "next": None, "previous": None})],
    ),
    post=Operation(
        id="create_preset",
        tag=PRESETS,
        summary="Create a preset",
        description="Of the caller's own. `preset` of a new conversation begins with it.",
        takes=PresetInput,
        sends=SENT,
        replies=[Reply(status=201, kind=PresetShape, example=PRESET)],
        errors=[InvalidInput, QuotaExceeded],
    ),
)
describe(
    PresetDetail,
    get=Operation(
        id="read_preset",
        tag=PRESETS,
        summary="Read a preset",
        replies=[Reply(kind=PresetShape, example=PRESET)],
        errors=[NotFound],
    ),
    patch=Operation(
        id="change_preset",
        tag=PRESETS,
        summary="Change a preset",
        description="Only the caller's own: what staff share is `forbidden`. Conversations stay as they are.",
        takes=PresetChange,
        sends={"name": "Editor"},
        replies=[Reply(kind=PresetShape, example={**PRESET, "name": "Editor"})],
        errors=[InvalidInput, NotFound],
    ),
    delete=Operation(
        id="delete_preset",
        tag=PRESETS,
        summary="Delete a preset",
        description="Only the caller's own: what staff share is `forbidden`. Conversations stay as they are.",
        replies=[Reply(status=204)],
        errors=[NotFound],
    ),
)
