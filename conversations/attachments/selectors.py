"""Reads of attachments."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Func, IntegerField, QuerySet
from django.db.models.functions import Left
from django.urls import reverse

from chatbot.accounts.models import User
from chatbot.lib.errors import NotFound
from conversations.attachments.snapshots import snapshot_of
from conversations.models import Attachment


def attachments_of(user: User) -> QuerySet[Attachment]:
    """All attachments of a user, without their texts, which may be long."""
    return Attachment.objects.filter(user=user).defer("text")


def get_attachment(*, user: User, attachment_id: UUID) -> Attachment:
    """The user's attachment; raises NotFound."""
    attachment = attachments_of(user).filter(pk=attachment_id).first()
    if attachment is None:
        raise NotFound("There is no such attachment.")
    return attachment


def name_of(*, user: User, attachment_id: UUID) -> str:
    """The name of the user's attachment; empty when there is none."""
    return Attachment.objects.filter(pk=attachment_id, user=user).values_list("name", flat=True).first() or ""


def words_of(*, user: User, ids: Sequence[UUID]) -> list[str]:
    """All words in these attachments of the user, their names included; those of others are left out."""
    rows = Attachment.objects.filter(pk__in=ids, user=user).order_by("pk").values_list("name", "text")
    return [f"{name}\n\n{text}" if text else name for name, text in rows]


def contents_of(*, ids: Sequence[UUID], owner_id: UUID) -> dict[UUID, Attachment]:
    """These attachments of a user by their ids, each with `text_bytes`, the size of its text, in place of the text."""
    rows = Attachment.objects.filter(pk__in=ids, user_id=owner_id).defer("text")
    size = Func("text", function="octet_length", output_field=IntegerField())
    return {attachment.pk: attachment for attachment in rows.annotate(text_bytes=size)}


def texts_of(*, ids: Sequence[UUID], most: int) -> Iterator[tuple[UUID, str, bool]]:
    """The first `most` characters of each text, and whether that is all of it."""
    if not ids:
        return
    rows = Attachment.objects.filter(pk__in=ids).annotate(beginning=Left("text", most + 1))
    for attachment_id, beginning in rows.values_list("pk", "beginning"):
        yield attachment_id, beginning[:most], len(beginning) <= most


def attachment_as_dict(attachment: Attachment) -> dict[str, Any]:
    """The attachment as the doors of the contract show it."""
    a = attachment
    arguments = {"attachment_id": a.pk}
    return {
        **snapshot_of(a.pk, a.name, a.kind, a.media_type, a.size, a.width, a.height),
        "conversation_id": str(a.conversation_id) if a.conversation_id else None,
        "created_at": a.created_at.isoformat(),
        "url": reverse("api-attachment-file", kwargs=arguments),
        "thumbnail_url": reverse("api-attachment-thumbnail", kwargs=arguments) if a.thumbnail else None,
    }
