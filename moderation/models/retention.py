"""RetentionBatch and LegalHold."""

from uuid import uuid4

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from chatbot.accounts.models import User


class RetentionBatch(models.Model):
    """Conversations of one user that retention takes out together (moderation.retention.batches).

    It outlives the user: by it an archive is found again, restored or erased.
    """

    class Status(models.TextChoices):
        """writing -> deleting -> done -> erased; writing -> abandoned. Without an archive it begins with deleting."""

        WRITING = "writing", _("being archived")
        DELETING = "deleting", _("being deleted")
        DONE = "done", _("done")
        ABANDONED = "abandoned", _("abandoned")
        ERASED = "erased", _("erased from the archive")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user_id = models.UUIDField(_("user"), db_index=True)
    user_label = models.CharField(_("user's name"), max_length=150)
    status = models.CharField(_("status"), max_length=10, choices=Status)
    # The SHA-256 of the archived rows of each conversation, empty where there is no archive.
    digests = models.JSONField(default=dict, editable=False)
    # While it is named here, the archive may hold something in it.
    folder = models.CharField(_("folder in the archive"), max_length=100, blank=True)
    conversations = models.PositiveIntegerField(_("conversations"), default=0)
    deleted_conversations = models.PositiveIntegerField(_("conversations deleted"), default=0)
    deleted_messages = models.PositiveIntegerField(_("messages deleted"), default=0)
    rows = models.PositiveIntegerField(_("rows archived"), default=0)
    files = models.PositiveIntegerField(_("files archived"), default=0)
    bytes = models.PositiveBigIntegerField(_("bytes archived"), default=0)
    size = models.PositiveBigIntegerField(_("bytes in the archive"), default=0)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    created_at = models.DateTimeField(_("begun"), db_default=Now(), editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)

    class Meta:
        verbose_name = _("retention batch")
        verbose_name_plural = _("retention batches")
        ordering = ["-created_at"]
        indexes = [
            models.Index(
                fields=["status"],
                condition=models.Q(status__in=["writing", "deleting"]),
                name="moderation_batches_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_label} {self.created_at:%Y-%m-%d %H:%M}"


class LegalHold(User):
    """An account, seen as something that may be on legal hold: for the staff page that sets it, with its own right."""

    class Meta:
        proxy = True
        verbose_name = _("legal hold")
        verbose_name_plural = _("legal holds")
        permissions = [("set_legal_hold", "Can put accounts on legal hold and lift it")]
