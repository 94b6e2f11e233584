"""AuditEntry."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """Something that happened and must stay on record. The database refuses to change or delete a row.

    People and objects are named by id and label, without foreign keys, so that no deletion reaches into the log.
    """

    id = models.BigAutoField(primary_key=True)
    created_at = models.DateTimeField(_("when"), db_default=Now(), editable=False)
    action = models.CharField(_("action"), max_length=64, db_index=True)
    actor_id = models.UUIDField(_("actor"), null=True, db_index=True)
    actor_label = models.CharField(_("actor's name"), max_length=150, blank=True)
    target_type = models.CharField(_("kind of target"), max_length=64, blank=True)
    target_id = models.CharField(_("target"), max_length=64, blank=True)
    details = models.JSONField(_("details"), default=dict)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M:%S} {self.action}"
