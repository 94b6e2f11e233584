"""What the forms hold."""

from collections.abc import Sequence
from typing import cast
from uuid import UUID

from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import HttpRequest

from chatbot.lib.errors import InvalidInput


def read_id(request: HttpRequest, name: str) -> UUID | None:
    """The id in a field, None when the field is empty or not there; raises InvalidInput."""
    value = request.POST.get(name, "")
    try:
        return UUID(value) if value else None
    except ValueError as error:
        raise InvalidInput(f"`{name}` is not an id.") from error


def read_client_message_id(request: HttpRequest) -> UUID:
    """The id of this request; raises InvalidInput."""
    client_message_id = read_id(request, "client_message_id")
    if client_message_id is None:
        raise InvalidInput("The form has no client_message_id.")
    return client_message_id


def read_text(request: HttpRequest) -> str:
    """What was written. Browsers send its line breaks as CR LF."""
    return request.POST.get("content", "").replace("\r\n", "\n")


def read_files(request: HttpRequest) -> Sequence[TemporaryUploadedFile]:
    """The files that came with it."""
    return cast(Sequence[TemporaryUploadedFile], request.FILES.getlist("files"))
