"""`/api/v1/imports/…`."""

from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.db.models import QuerySet
from django.http import HttpRequest
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chatbot.lib.errors import InvalidInput
from conversations.api.views import caller
from conversations.imports.services import check_size, get_import, imports_of, request_import
from conversations.models import Import

# What a form adds to its file.
FORM_BYTES = 64 * 1024


class ImportInput(serializers.Serializer[Import]):
    """A form with one file."""

    file = serializers.FileField(
        help_text="An export of ours (zip, or one conversation as JSON), or ChatGPT's (zip, or conversations.json)."
    )


class ImportProblem(serializers.Serializer[Import]):
    """Something that could not be taken as it was."""

    conversation = serializers.CharField(help_text="Its title, or where it stands in the file.", allow_blank=True)
    message = serializers.CharField()


class ImportOutput(serializers.Serializer[Import]):
    """An import and how far it is. `problems` are the first hundred."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=Import.Status.choices)
    done = serializers.IntegerField(help_text="Conversations that are through.")
    total = serializers.IntegerField(allow_null=True)
    imported = serializers.IntegerField()
    skipped = serializers.IntegerField(help_text="Conversations that were here already.")
    problems = ImportProblem(many=True)
    error = serializers.CharField(allow_blank=True)
    size = serializers.IntegerField(allow_null=True, help_text="Bytes of the file.")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class ImportList(ListAPIView[Import]):
    """Lists and requests imports."""

    serializer_class = ImportOutput
    parser_classes = [MultiPartParser]

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """Lets uploads go to a file, not to memory; said here because the CSRF check already reads the form."""
        if request.method == "POST":
            request.upload_handlers = [TemporaryFileUploadHandler(request)]
        return super().initialize_request(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuses what is too large before it is read."""
        length = str(request.META.get("CONTENT_LENGTH") or "0")
        check_size(int(length) - FORM_BYTES if length.isdecimal() else 0)
        super().initial(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Import]:
        """The caller's own, newest first."""
        return imports_of(caller(self.request))

    def post(self, request: Request) -> Response:
        """Queues the import of a file: `multipart/form-data` with the field `file`."""
        files = [file for name in request.FILES for file in request.FILES.getlist(name)]
        if len(files) != 1 or "file" not in request.FILES or not isinstance(files[0], TemporaryUploadedFile):
            raise InvalidInput("Send one file, in the field `file` of a multipart/form-data body.")
        return Response(ImportOutput(request_import(user=caller(request), upload=files[0])).data, status=202)


class ImportDetail(APIView):
    """One import."""

    def get(self, request: Request, import_id: UUID) -> Response:
        """How far it is, and what could not be taken."""
        return Response(ImportOutput(get_import(user=caller(request), import_id=import_id)).data)
