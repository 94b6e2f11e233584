"""`/api/v1/exports/…`."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.text import slugify
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from conversations.api.downloads import file_response
from conversations.api.views import caller
from conversations.exports.services import (
    delete_export,
    expires_at,
    exports_of,
    get_export,
    note_download,
    request_export,
)
from conversations.models import Export

MEDIA_TYPES = {".zip": "application/zip", ".json": "application/json", ".md": "text/markdown; charset=utf-8"}


class ExportInput(serializers.Serializer[Export]):
    """One conversation, or without one the whole account."""

    conversation_id = serializers.UUIDField(required=False, allow_null=True, default=None)
    format = serializers.ChoiceField(choices=Export.Format.choices)


class ExportOutput(serializers.Serializer[Export]):
    """An export and how far it is. `url` is the path of its file, once there is one."""

    id = serializers.UUIDField()
    conversation_id = serializers.UUIDField(allow_null=True)
    format = serializers.ChoiceField(choices=Export.Format.choices)
    status = serializers.ChoiceField(choices=Export.Status.choices)
    done = serializers.IntegerField(help_text="Conversations that are through.")
    total = serializers.IntegerField(allow_null=True)
    error = serializers.CharField(allow_blank=True)
    size = serializers.IntegerField(allow_null=True, help_text="Bytes of the file.")
    url = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.SerializerMethodField(help_text="When it is deleted.")

    def get_url(self, export: Export) -> str | None:
        """The path of the file."""
        return reverse("api-export-file", args=[export.pk]) if export.file else None

    def get_expires_at(self, export: Export) -> datetime | None:
        """Seven days after its end."""
        return expires_at(export)


class ExportList(ListAPIView[Export]):
    """Lists and requests exports."""

    serializer_class = ExportOutput

    def get_queryset(self) -> QuerySet[Export]:
        """The caller's own, newest first."""
        return exports_of(caller(self.request))

    def post(self, request: Request) -> Response:
        """Queues an export; the same again gives the same one until that has ended."""
        data = ExportInput(data=request.data)
        data.is_valid(raise_exception=True)
        form = Export.Format(data.validated_data["format"])
        conversation_id = data.validated_data["conversation_id"]
        export = request_export(user=caller(request), form=form, conversation_id=conversation_id)
        return Response(ExportOutput(export).data, status=202)


class ExportDetail(APIView):
    """Reads and deletes one export."""

    def get(self, request: Request, export_id: UUID) -> Response:
        """How far it is."""
        return Response(ExportOutput(get_export(user=caller(request), export_id=export_id)).data)

    def delete(self, request: Request, export_id: UUID) -> Response:
        """Deletes it with its file."""
        delete_export(user=caller(request), export_id=export_id)
        return Response(status=204)


class ExportFile(APIView):
    """The file of an export."""

    def get(self, request: Request, export_id: UUID) -> HttpResponseBase:
        """To be saved."""
        user = caller(request)
        export = get_export(user=user, export_id=export_id)
        note_download(export=export, actor=user)
        stored = str(export.file)
        extension = stored[stored.rindex(".") :]
        title = export.conversation.title if export.conversation else "chatbot-export"
        name = slugify(title, allow_unicode=True)[:60].strip("-") or "conversation"
        return file_response(
            request._request,
            stored=stored,
            name=f"{name}-{export.created_at:%Y-%m-%d}{extension}",
            media_type=MEDIA_TYPES[extension],
            etag=f"{export.pk.hex}-{export.attempt}",
            size=export.size,
        )
