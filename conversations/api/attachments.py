"""`/api/v1/attachments/…`: upload, list, read, delete."""

from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chatbot.lib.errors import InvalidInput, NotFound
from conversations.api.downloads import file_response
from conversations.api.views import caller
from conversations.attachments.names import name_for
from conversations.attachments.selectors import attachment_as_dict, attachments_of, get_attachment
from conversations.attachments.services import delete_attachment, store_attachment
from conversations.models import Attachment

# What was drawn anew is saved under a name that says what it is now.
EXTENSIONS = {"image/png": (".png",), "image/jpeg": (".jpg", ".jpeg")}


class AttachmentOutput(serializers.Serializer[Attachment]):
    """A file of the caller. `url` and `thumbnail_url` are paths on this server and need the same authorisation."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=Attachment.Kind.choices)
    media_type = serializers.CharField()
    size = serializers.IntegerField(help_text="In bytes, as it is kept.")
    width = serializers.IntegerField(allow_null=True, help_text="In pixels; images only.")
    height = serializers.IntegerField(allow_null=True)
    conversation_id = serializers.UUIDField(allow_null=True, help_text="Null until a message names it.")
    created_at = serializers.DateTimeField()
    url = serializers.CharField()
    thumbnail_url = serializers.CharField(allow_null=True)

    def to_representation(self, instance: Attachment) -> dict[str, Any]:
        """The contract's object."""
        return attachment_as_dict(instance)


class AttachmentInput(serializers.Serializer[Attachment]):
    """A form with one file."""

    file = serializers.FileField(
        allow_empty_file=True, help_text="An image (PNG, JPEG, GIF, WebP), a PDF with text, or text of any kind."
    )


class AttachmentList(ListAPIView[Attachment]):
    """Lists the caller's files, newest first, and takes a new one."""

    serializer_class = AttachmentOutput
    parser_classes = [MultiPartParser]

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """Lets uploads go to a file, not to memory; said here because the CSRF check already reads the form."""
        if request.method == "POST":
            request.upload_handlers = [TemporaryFileUploadHandler(request)]
        return super().initialize_request(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Attachment]:
        """The caller's own."""
        return attachments_of(caller(self.request))

    def post(self, request: Request) -> Response:
        """Takes one file in: `multipart/form-data` with the field `file`."""
        data = AttachmentInput(data=request.data)
        data.is_valid(raise_exception=True)
        if sum(len(request.FILES.getlist(name)) for name in request.FILES) > 1:
            raise InvalidInput("Send one file at a time.")
        upload: TemporaryUploadedFile = data.validated_data["file"]
        attachment = store_attachment(user=caller(request), upload=upload)
        return Response(AttachmentOutput(attachment).data, status=201)


class AttachmentDetail(APIView):
    """What is known of one file."""

    def get(self, request: Request, attachment_id: UUID) -> Response:
        """Without its bytes."""
        return Response(AttachmentOutput(get_attachment(user=caller(request), attachment_id=attachment_id)).data)

    def delete(self, request: Request, attachment_id: UUID) -> Response:
        """Deletes the file. A message that has it stays, and says that it was deleted."""
        delete_attachment(user=caller(request), attachment_id=attachment_id)
        return Response(status=204)


class AttachmentFile(APIView):
    """The bytes of a file."""

    def get(self, request: Request, attachment_id: UUID) -> HttpResponseBase:
        """To be saved; 304 for an `If-None-Match` that still holds."""
        attachment = get_attachment(user=caller(request), attachment_id=attachment_id)
        extensions = EXTENSIONS.get(attachment.media_type)
        return file_response(
            request._request,
            stored=str(attachment.file),
            name=name_for(attachment.name, extensions) if extensions else attachment.name,
            media_type=attachment.media_type,
            etag=attachment.pk.hex,
            size=attachment.size,
        )


class AttachmentThumbnail(APIView):
    """A small picture of an image."""

    def get(self, request: Request, attachment_id: UUID) -> HttpResponseBase:
        """A WebP of at most 320 pixels; 404 for what is no image."""
        attachment = get_attachment(user=caller(request), attachment_id=attachment_id)
        if not attachment.thumbnail:
            raise NotFound("Only images have a thumbnail.")
        return file_response(
            request._request,
            stored=str(attachment.thumbnail),
            name=name_for(attachment.name, (".webp",)),
            media_type="image/webp",
            etag=f"{attachment.pk.hex}-thumbnail",
        )
