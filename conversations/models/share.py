"""Share."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from conversations.models.conversation import Conversation


class Share(models.Model):
    """A read-only page of a conversation for whoever has the link. What it shows was frozen when it was made."""

    id = models.UUIDField(primary_key=True, editable=False)
    # The secret part of the link.
    token = models.CharField(max_length=43, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="shares")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="shares")
    title = models.CharField(_("title"), max_length=200, blank=True)
    content = models.JSONField(default=list, editable=False)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    expires_at = models.DateTimeField(_("ends"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    class Meta:
        db_table = "shares"
        verbose_name = _("shared conversation")
        verbose_name_plural = _("shared conversations")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.title or str(self.pk)
