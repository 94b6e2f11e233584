"""Writes of attachments: store_attachment, claim_attachments, delete_attachment, and the end of unused ones."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import connection, transaction
from django.db.models import Sum
from django.db.models.functions import Now

from chatbot.accounts.legal_hold import refuse_on_hold
from chatbot.accounts.models import User
from chatbot.lib.errors import InvalidInput, NotFound, QuotaExceeded
from chatbot.lib.ids import new_id
from conversations.attachments.files import claim_files, write_files
from conversations.attachments.names import tidy_name
from conversations.attachments.reading import read_file
from conversations.attachments.snapshots import mark_deleted, snapshot_of
from conversations.models import Attachment, Conversation

# Files that one message may bring.
MOST_IN_A_MESSAGE = 10
# An upload that no message has named by then is deleted.
UNUSED = timedelta(hours=24)
BATCH = 500


def store_attachment(*, user: User, upload: TemporaryUploadedFile) -> Attachment:
    """Takes an uploaded file in: what it is says its content. It belongs to no conversation until a message names it.

    Raises InvalidInput for what is too large or cannot be read, QuotaExceeded when the user's space is used up,
    Overloaded when too many files are read at the same time or the storage fails.
    """
    most = user.tier.max_attachment_bytes
    if (upload.size or 0) > most:
        raise InvalidInput(
            f"The file has {upload.size:,} bytes; {most:,} are allowed.",
            details={"size": upload.size, "max_size": most},
        )
    _check_room(user, 1)
    name = tidy_name(upload.name or "")
    found = read_file(Path(upload.temporary_file_path()), name)
    attachment_id = new_id(user.id)
    stored = f"attachments/{attachment_id.hex[:2]}/{attachment_id}"
    files: dict[str, File[bytes]] = {stored: ContentFile(found.body) if found.body else upload}
    if found.thumbnail:
        files[f"{stored}-thumbnail"] = ContentFile(found.thumbnail)
    attachment = Attachment(
        id=attachment_id,
        user=user,
        name=name,
        kind=found.kind,
        media_type=found.media_type,
        size=files[stored].size,
        width=found.width,
        height=found.height,
        text=found.text,
        file=stored,
        thumbnail=f"{stored}-thumbnail" if found.thumbnail else "",
    )
    write_files(files)
    _store(attachment, list(files))
    return attachment


@transaction.atomic
def _store(attachment: Attachment, files: list[str]) -> None:
    """Under the lock of the user, so that uploads at the same time do not pass the limit together."""
    user = User.objects.select_for_update(of=("self",), no_key=True).select_related("tier").get(pk=attachment.user_id)
    _check_room(user, attachment.size)
    claim_files(files)
    attachment.save(force_insert=True)
    attachment.refresh_from_db(fields=["created_at"])


def _check_room(user: User, size: int) -> None:
    used = Attachment.objects.filter(user=user).aggregate(total=Sum("size"))["total"] or 0
    most = user.tier.storage_bytes
    if used + size > most:
        raise QuotaExceeded(
            f"Your attachments take {used:,} of {most:,} bytes. Delete some first.",
            details={"used": used, "storage_bytes": most},
        )


# One statement locks the rows, checks whose they are and gives them to the conversation.
_CLAIM = """
UPDATE attachments SET conversation_id = %(conversation)s
WHERE id = ANY(%(ids)s) AND user_id = %(user)s AND (conversation_id IS NULL OR conversation_id = %(conversation)s)
RETURNING id, name, kind, media_type, size, width, height
"""


def claim_attachments(*, conversation: Conversation, ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Gives attachments of the user to a conversation of theirs, inside the caller's transaction, and what its message
    remembers of them, in the given order.

    Raises NotFound for what is not there, or is somebody else's, InvalidInput for what belongs to another conversation.
    """
    if not ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"conversation": conversation.pk, "ids": list(ids), "user": conversation.user_id})
        rows = {row[0]: snapshot_of(*row) for row in cursor.fetchall()}
    if missing := [attachment_id for attachment_id in ids if attachment_id not in rows]:
        elsewhere = Attachment.objects.filter(pk__in=missing, user=conversation.user_id).exists()
        details = {"attachments": [str(attachment_id) for attachment_id in missing]}
        if elsewhere:
            raise InvalidInput("This attachment belongs to another conversation. Upload it again.", details=details)
        raise NotFound("There is no such attachment.", details=details)
    return [rows[attachment_id] for attachment_id in ids]


def check_attachments(ids: Sequence[UUID]) -> None:
    """Raises InvalidInput for more attachments than a message may have, or one twice."""
    if len(ids) > MOST_IN_A_MESSAGE:
        raise InvalidInput(f"A message may have {MOST_IN_A_MESSAGE} attachments.")
    if len(set(ids)) < len(ids):
        raise InvalidInput("An attachment is named twice.")


@transaction.atomic
def delete_attachment(*, user: User, attachment_id: UUID) -> None:
    """Deletes an attachment and, after the commit, its files. Messages that named it go on saying so, as deleted; later
    answers do not see it any more. Raises NotFound, and Forbidden under a legal hold.
    """
    refuse_on_hold(user.id)  # which also keeps the user from sending meanwhile
    attachment = Attachment.objects.filter(pk=attachment_id, user=user).defer("text").first()
    if attachment is None:
        raise NotFound("There is no such attachment.")
    if attachment.conversation_id is not None:
        mark_deleted(attachment=attachment, conversation_id=attachment.conversation_id)
    attachment.delete()


def delete_unused_attachments() -> int:
    """Deletes uploads that no message has named within a day; gives how many. Those of accounts under a legal hold
    stay. Safe to run anywhere, at any time, in any number.
    """
    old = Attachment.objects.filter(
        conversation=None, created_at__lt=Now() - UNUSED, user__legal_hold=False
    ).select_for_update(of=("self",), skip_locked=True)
    deleted = 0
    while True:
        with transaction.atomic():
            ids = list(old.order_by("created_at").values_list("pk", flat=True)[:BATCH])
            Attachment.objects.filter(pk__in=ids).delete()
        deleted += len(ids)
        if len(ids) < BATCH:
            return deleted
