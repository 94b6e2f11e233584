"""`/api/v1/presets/…`."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chatbot.lib.fields import SlugField, WrittenField
from conversations.api.views import caller
from conversations.measures import MODEL_LENGTH
from conversations.models import Preset
from conversations.models.preset import NAME_LENGTH, TEXT_LENGTH
from conversations.presets import (
    change_preset,
    create_preset,
    delete_preset,
    get_preset,
    preset_as_dict,
    presets_for,
)


class PresetInput(serializers.Serializer[Preset]):
    """A prompt under a name, and where it is given the model that answers."""

    name = WrittenField(max_length=NAME_LENGTH)
    text = WrittenField(max_length=TEXT_LENGTH)
    model = SlugField(max_length=MODEL_LENGTH, required=False, allow_null=True)

    def values(self) -> dict[str, Any]:
        """The validated fields, an empty `model` for null."""
        data = dict(self.validated_data)
        if "model" in data:
            data["model"] = data["model"] or ""
        return data


class PresetChange(PresetInput):
    """The fields that are to be changed."""

    name = WrittenField(max_length=NAME_LENGTH, required=False)
    text = WrittenField(max_length=TEXT_LENGTH, required=False)


class PresetList(APIView):
    """Lists and creates presets."""

    def get(self, request: Request) -> Response:
        """What staff share, then the caller's own; all on one page."""
        results = [preset_as_dict(preset) for preset in presets_for(caller(request))]
        return Response({"results": results, "next": None, "previous": None})

    def post(self, request: Request) -> Response:
        """A preset of the caller's own."""
        data = PresetInput(data=request.data)
        data.is_valid(raise_exception=True)
        return Response(preset_as_dict(create_preset(user=caller(request), **data.values())), status=201)


class PresetDetail(APIView):
    """Reads, changes and deletes one preset."""

    def get(self, request: Request, preset_id: UUID) -> Response:
        """The caller's own, or one that staff share with them."""
        return Response(preset_as_dict(get_preset(user=caller(request), preset_id=preset_id)))

    def patch(self, request: Request, preset_id: UUID) -> Response:
        """Changes the given fields of the caller's own."""
        data = PresetChange(data=request.data)
        data.is_valid(raise_exception=True)
        preset = change_preset(user=caller(request), preset_id=preset_id, **data.values())
        return Response(preset_as_dict(preset))

    def delete(self, request: Request, preset_id: UUID) -> Response:
        """Deletes the caller's own; conversations that were begun with it stay as they are."""
        delete_preset(user=caller(request), preset_id=preset_id)
        return Response(status=204)
