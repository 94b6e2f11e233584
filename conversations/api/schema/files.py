"""Documents the doors of attachments, exports and imports."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from rest_framework.serializers import Serializer

from chatbot.lib.errors import InvalidInput, NotFound, QuotaExceeded
from chatbot.lib.openapi import Operation, Reply, Schema, describe, rename
from conversations.api.attachments import (
    AttachmentDetail,
    AttachmentFile,
    AttachmentInput,
    AttachmentList,
    AttachmentOutput,
    AttachmentThumbnail,
)
from conversations.api.exports import ExportDetail, ExportFile, ExportInput, ExportList, ExportOutput
from conversations.api.imports import ImportDetail, ImportInput, ImportList, ImportOutput
from conversations.api.schema.conversations import IF_NONE_MATCH, UNCHANGED
from conversations.api.schema.shapes import ID, MOMENT

ATTACHMENTS, EXPORTS = "Attachments", "Exports and imports"
FILE_ID = "a701a204-d0aa-8c20-8113-6e4f8a2b0d71"
ATTACHMENT = {
    "id": FILE_ID,
    "name": "plan.png",
    "kind": "image",
    "media_type": "image/png",
    "size": 48_213,
    "width": 1280,
    "height": 720,
    "conversation_id": None,
    "created_at": MOMENT,
    "url": f"/api/v1/attachments/{FILE_ID}/file/",
    "thumbnail_url": f"/api/v1/attachments/{FILE_ID}/thumbnail/",
}
EXPORT = {
    "id": FILE_ID,
    "conversation_id": ID,
    "format": "json",
    "status": "completed",
    "done": 1,
    "total": 1,
    "error": "",
    "size": 20_480,
    "url": f"/api/v1/exports/{FILE_ID}/file/",
    "created_at": MOMENT,
    "finished_at": MOMENT,
    "expires_at": MOMENT,
}
IMPORT = {
    "id": FILE_ID,
    "status": "completed",
    "done": 12,
    "total": 12,
    "imported": 11,
    "skipped": 1,
    "problems": [{"conversation": "Old plans", "message": "A message without an author was left out."}],
    "error": "",
    "size": 1_048_576,
    "created_at": MOMENT,
    "finished_at": MOMENT,
}


def _form(kind: type[Serializer[Any]]) -> Schema:
    """A form with one file, as the serializer reads it."""
    file = {"type": "string", "format": "binary", "description": kind().fields["file"].help_text}
    return {"type": "object", "description": kind.__doc__, "required": ["file"], "properties": {"file": file}}


rename("Attachment", AttachmentOutput)
rename("Export", ExportOutput)
rename("Import", ImportOutput)

describe(
    AttachmentList,
    get=Operation(
        id="list_attachments",
        tag=ATTACHMENTS,
        summary="List files",
        description="The caller's own, newest first.",
        replies=[Reply(kind=AttachmentOutput(many=True), example=ATTACHMENT)],
        errors=[InvalidInput],
    ),
    post=Operation(
        id="upload_attachment",
        tag=ATTACHMENTS,
        summary="Upload a file",
        description=(
            "Its content says what it is. A message names it under `attachments`; what no message names is deleted "
            "after a day."
        ),
        takes=_form(AttachmentInput),
        sends={"file": "What shall we do tomorrow?"},
        media_type="multipart/form-data",
        replies=[Reply(status=201, kind=AttachmentOutput, example=ATTACHMENT)],
        errors=[InvalidInput, QuotaExceeded],
    ),
)
describe(
    AttachmentDetail,
    get=Operation(
        id="read_attachment",
        tag=ATTACHMENTS,
        summary="Read what is known of a file",
        replies=[Reply(kind=AttachmentOutput, example=ATTACHMENT)],
        errors=[NotFound],
    ),
    delete=Operation(
        id="delete_attachment",
        tag=ATTACHMENTS,
        summary="Delete a file",
        description="A message that has it stays, and says that it was deleted.",
        replies=[Reply(status=204)],
        errors=[NotFound],
    ),
)
describe(
    AttachmentFile,
    get=Operation(
        id="download_attachment",
        tag=ATTACHMENTS,
        summary="Download a file",
        description="The answer has the media type that the file was found to have.",
        parameters=[IF_NONE_MATCH],
        replies=[Reply(kind=OpenApiTypes.BINARY, media_type="*/*", example="(the bytes of the file)"), UNCHANGED],
        errors=[NotFound],
    ),
)
describe(
    AttachmentThumbnail,
    get=Operation(
        id="download_thumbnail",
        tag=ATTACHMENTS,
        summary="Download the small picture of an image",
        description="At most 320 pixels wide and high.",
        parameters=[IF_NONE_MATCH],
        replies=[
            Reply(kind=OpenApiTypes.BINARY, media_type="image/webp", example="(the bytes of a WebP)"),
            UNCHANGED,
        ],
        errors=[NotFound],
    ),
)
describe(
    ExportList,
    get=Operation(
        id="list_exports",
        tag=EXPORTS,
        summary="List exports",
        description="The caller's own, newest first.",
        replies=[Reply(kind=ExportOutput(many=True), example=EXPORT)],
        errors=[InvalidInput],
    ),
    post=Operation(
        id="request_export",
        tag=EXPORTS,
        summary="Request an export",
        description=(
            "One conversation as JSON or Markdown, or the whole account as a zip. It is made in the background: read "
            "it again until it has ended. The same request gives the same export until then."
        ),
        takes=ExportInput,
        sends={"conversation_id": None, "format": "json"},
        replies=[Reply(status=202, kind=ExportOutput, example={**EXPORT, "status": "queued", "url": None})],
        errors=[InvalidInput, NotFound, QuotaExceeded],
    ),
)
describe(
    ExportDetail,
    get=Operation(
        id="read_export",
        tag=EXPORTS,
        summary="See how far an export is",
        replies=[Reply(kind=ExportOutput, example=EXPORT)],
        errors=[NotFound],
    ),
    delete=Operation(
        id="delete_export",
        tag=EXPORTS,
        summary="Delete an export",
        description="With its file.",
        replies=[Reply(status=204)],
        errors=[NotFound],
    ),
)
describe(
    ExportFile,
    get=Operation(
        id="download_export",
        tag=EXPORTS,
        summary="Download an export",
        parameters=[IF_NONE_MATCH],
        replies=[
            Reply(kind=OpenApiTypes.BINARY, media_type="application/zip", example="(the bytes of a zip)"),
            Reply(kind=OpenApiTypes.OBJECT, example={"format": "chatbot export"}),
            Reply(kind=OpenApiTypes.STR, media_type="text/markdown", example="# The capital of France"),
            UNCHANGED,
        ],
        errors=[InvalidInput, NotFound],
    ),
)
describe(
    ImportList,
    get=Operation(
        id="list_imports",
        tag=EXPORTS,
        summary="List imports",
        description="The caller's own, newest first.",
        replies=[Reply(kind=ImportOutput(many=True), example=IMPORT)],
        errors=[InvalidInput],
    ),
    post=Operation(
        id="request_import",
        tag=EXPORTS,
        summary="Import conversations",
        description="Of an export of this service or of ChatGPT. What was imported before is not imported again.",
        takes=_form(ImportInput),
        sends={"file": "[]"},
        media_type="multipart/form-data",
        replies=[Reply(status=202, kind=ImportOutput, example={**IMPORT, "status": "queued"})],
        errors=[InvalidInput, QuotaExceeded],
    ),
)
describe(
    ImportDetail,
    get=Operation(
        id="read_import",
        tag=EXPORTS,
        summary="See how far an import is",
        description="And what could not be taken.",
        replies=[Reply(kind=ImportOutput, example=IMPORT)],
        errors=[NotFound],
    ),
)
