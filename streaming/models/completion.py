"""Completion."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from streaming.models.provider import LanguageModel


class Completion(models.Model):
    """One call of the OpenAI-compatible door. It is bound to its request and keeps no text: only what limits, usage and
    staff need. A process that died left `running` behind; past `expires_at` that no longer counts.
    """

    class Status(models.TextChoices):
        """How the call ended."""

        RUNNING = "running", _("running")
        COMPLETED = "completed", _("completed")
        CANCELLED = "cancelled", _("cancelled by the client")
        FAILED = "failed", _("failed")
        BLOCKED = "blocked", _("blocked")

    id = models.UUIDField(primary_key=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="completions")
    language_model = models.ForeignKey(
        LanguageModel, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("model")
    )
    status = models.CharField(_("status"), max_length=16, choices=Status, default=Status.RUNNING)
    prompt_tokens = models.PositiveIntegerField(_("prompt tokens"), default=0)
    completion_tokens = models.PositiveIntegerField(_("answer tokens"), default=0)
    # The provider did not tell.
    estimated = models.BooleanField(_("estimated"), default=False)
    error_code = models.CharField(_("error"), max_length=40, blank=True)
    created_at = models.DateTimeField(_("asked"), db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        db_table = "completions"
        verbose_name = _("API completion")
        verbose_name_plural = _("API completions")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="completions_of_user"),
            models.Index(fields=["user"], condition=models.Q(status="running"), name="completions_running"),
        ]

    def __str__(self) -> str:
        return self.get_status_display()
