"""Export and Import: what leaves and what comes, each carried out by Celery."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from conversations.models.conversation import Conversation

UNFINISHED = models.Q(status__in=["queued", "running"])


class Transfer(models.Model):
    """A file on its way. `done` of `total` conversations are through."""

    class Status(models.TextChoices):
        """How far it is."""

        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        COMPLETED = "completed", _("completed")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, editable=False)
    status = models.CharField(_("status"), max_length=16, choices=Status, default=Status.QUEUED)
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("of"), null=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    file = models.FileField(max_length=200, blank=True)
    size = models.PositiveBigIntegerField(_("bytes"), null=True, editable=False)
    created_at = models.DateTimeField(_("asked for"), db_default=Now(), editable=False)
    # While it runs somebody says so now and then; a task that died is taken up again by another. The attempt is the
    # fencing token.
    alive_at = models.DateTimeField(null=True, editable=False)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0, db_default=0, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)

    class Meta:
        abstract = True
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.get_status_display()


class Export(Transfer):
    """One conversation, or the whole account when there is none."""

    class Format(models.TextChoices):
        """An account is always a zip, which holds the chosen format."""

        JSON = "json", "JSON"
        MARKDOWN = "markdown", "Markdown"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="exports")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, null=True, related_name="+")
    format = models.CharField(_("format"), max_length=8, choices=Format, default=Format.JSON)

    class Meta(Transfer.Meta):
        abstract = False
        db_table = "exports"
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        indexes = [models.Index(fields=["status"], condition=UNFINISHED, name="exports_unfinished")]


class Import(Transfer):
    """A file of conversations: an export of ours, or ChatGPT's `conversations.json`."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="imports")
    sha256 = models.CharField(max_length=64)
    imported = models.PositiveIntegerField(_("imported"), default=0)
    skipped = models.PositiveIntegerField(_("known already"), default=0)
    # What could not be taken, and why: `[{"conversation", "message"}]`, the first hundred.
    problems = models.JSONField(_("problems"), default=list)

    class Meta(Transfer.Meta):
        abstract = False
        db_table = "imports"
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        indexes = [models.Index(fields=["status"], condition=UNFINISHED, name="imports_unfinished")]
