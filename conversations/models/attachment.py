"""Attachment."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from conversations.models.conversation import Conversation


class Attachment(models.Model):
    """A file of a user. It is uploaded first; the first message that names it gives it to its conversation, with which
    it is deleted. What no message names within a day is deleted as well.

    Messages hold what readers see of it under `metadata["attachments"]`, in order.
    """

    class Kind(models.TextChoices):
        """How a model reads it: an image as it is, the others as text."""

        IMAGE = "image", _("image")
        TEXT = "text", _("text")
        PDF = "pdf", _("PDF")

    id = models.UUIDField(primary_key=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="attachments",
        db_index=False,  # attachments_of_user begins with it
        verbose_name=_("user"),
    )
    conversation = models.ForeignKey(
        Conversation,
        on_delete=models.CASCADE,
        null=True,
        related_name="attachments",
        verbose_name=_("conversation"),
    )
    name = models.CharField(_("name"), max_length=255)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    media_type = models.CharField(_("media type"), max_length=100)
    size = models.PositiveBigIntegerField(_("bytes"))
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    # The text of anything but an image, as the model reads it.
    text = models.TextField(blank=True)
    file = models.FileField(max_length=200)
    thumbnail = models.FileField(max_length=200, blank=True)
    created_at = models.DateTimeField(_("uploaded"), db_default=Now(), editable=False)

    class Meta:
        db_table = "attachments"
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["user", "-id"], include=["size"], name="attachments_of_user"),
            models.Index(fields=["created_at"], condition=models.Q(conversation=None), name="attachments_unused"),
        ]

    def __str__(self) -> str:
        return self.name
