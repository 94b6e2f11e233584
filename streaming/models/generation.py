"""Generation."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from conversations.models import Conversation, Message
from streaming.models.provider import LanguageModel

ATTEMPTS = 3


class Generation(models.Model):
    """The making of one reply. The row is the queue and the outbox: what is committed here will be answered.

    `attempt` is the fencing token: every write of an engine names the attempt it claimed. `checkpoint` is the text that
    was published up to `checkpoint_seq`.
    """

    class Status(models.TextChoices):
        """design: queued -> running -> terminal; running -> retrying -> queued; running -> queued on a lost lease."""

        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        RETRYING = "retrying", _("retrying")
        COMPLETED = "completed", _("completed")
        STOPPED = "stopped", _("stopped")
        FAILED = "failed", _("failed")
        BLOCKED = "blocked", _("blocked")
        HELD = "held", _("held")

    ACTIVE = (Status.QUEUED, Status.RUNNING, Status.RETRYING)

    id = models.UUIDField(primary_key=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="generations",
        db_index=False,  # generations_client_message_id begins with it
    )
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="generations")
    prompt = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+", verbose_name=_("prompt"))
    message = models.OneToOneField(
        Message, on_delete=models.CASCADE, related_name="generation", verbose_name=_("answer")
    )
    client_message_id = models.UUIDField(default=uuid4)
    body_hash = models.CharField(max_length=64, blank=True)
    language_model = models.ForeignKey(
        LanguageModel, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("model")
    )
    status = models.CharField(_("status"), max_length=16, choices=Status, default=Status.QUEUED)
    attempt = models.PositiveIntegerField(_("attempts"), default=0)
    attempts_allowed = models.PositiveIntegerField(default=ATTEMPTS)
    stop_requested = models.BooleanField(default=False)
    engine = models.CharField(_("engine"), max_length=80, blank=True)
    lease_expires_at = models.DateTimeField(_("lease until"), null=True)
    due_at = models.DateTimeField(_("due"), null=True)
    checkpoint = models.TextField(blank=True)
    checkpoint_seq = models.PositiveBigIntegerField(default=0)
    error_code = models.CharField(_("error"), max_length=40, blank=True)
    error_message = models.TextField(_("error message"), blank=True)
    metadata = models.JSONField(default=dict)
    created_at = models.DateTimeField(_("accepted"), db_default=Now(), editable=False)
    queued_at = models.DateTimeField(_("asked for"), db_default=Now(), editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        db_table = "generations"
        verbose_name = _("generation")
        verbose_name_plural = _("generations")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "client_message_id"], name="generations_client_message_id"),
        ]
        indexes = [
            models.Index(
                fields=["user"],
                condition=models.Q(status__in=["queued", "running", "retrying"]),
                name="generations_active",
            ),
            models.Index(fields=["user", "-created_at"], name="generations_of_user"),
            models.Index(fields=["queued_at"], condition=models.Q(status="queued"), name="generations_queued"),
            models.Index(fields=["due_at"], condition=models.Q(status="retrying"), name="generations_retrying"),
            models.Index(fields=["lease_expires_at"], condition=models.Q(status="running"), name="generations_running"),
        ]

    def __str__(self) -> str:
        return f"{self.get_status_display()} ({self.attempt})"
