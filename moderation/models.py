"""Policy and its rules, Verdict, Appeal, Report, RetentionBatch, AuditEntry."""

from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from moderation.rules.text import RuleError, compile_rule


class Action(models.TextChoices):
    """What a verdict says, from mild to strict."""

    ALLOW = "allow", _("allow")
    FLAG = "flag", _("flag")
    BLOCK = "block", _("block")


class Policy(models.Model):
    """A named set of rules. Every enabled policy applies to every message; the strictest finding decides."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    description = models.TextField(_("description"), blank=True)
    enabled = models.BooleanField(_("enabled"), default=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class Rule(models.Model):
    """One thing to look for."""

    class Kind(models.TextChoices):
        """How `value` is read."""

        WORDS = "words", _("words or phrases, one a line")
        PATTERN = "pattern", _("RE2 patterns, one a line")
        MAX_LENGTH = "max_length", _("more characters than")

    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, related_name="rules", verbose_name=_("policy"))
    kind = models.CharField(_("kind"), max_length=16, choices=Kind, default=Kind.WORDS)
    value = models.TextField(_("value"))
    category = models.SlugField(_("category"), max_length=40, default="custom")
    action = models.CharField(
        _("action"), max_length=8, choices=[choice for choice in Action.choices if choice[0] != Action.ALLOW]
    )
    message = models.CharField(
        _("what the user reads"), max_length=300, blank=True, help_text=_("When the message is blocked.")
    )

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.category}: {self.get_kind_display()}"

    def clean(self) -> None:
        """Refuses what cannot be compiled, so that a typing error never reaches the screen."""
        try:
            compile_rule(self.kind, self.value)
        except RuleError as error:
            raise ValidationError({"value": str(error)}) from error


class Verdict(models.Model):
    """A text that was flagged or blocked, and why. `content` is kept so that staff can judge the judgement."""

    class Stage(models.TextChoices):
        """Which text was screened."""

        PROMPT = "prompt", _("prompt")
        ANSWER = "answer", _("answer")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="verdicts", verbose_name=_("user")
    )
    stage = models.CharField(_("stage"), max_length=8, choices=Stage)
    action = models.CharField(_("action"), max_length=8, choices=Action)
    findings = models.JSONField(_("findings"), default=list)
    content = models.TextField(_("content"))
    message_id = models.UUIDField(_("message"), null=True, blank=True, db_index=True)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("verdict")
        verbose_name_plural = _("verdicts")
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["-created_at"], name="verdicts_newest")]

    def __str__(self) -> str:
        return f"{self.get_action_display()} ({self.get_stage_display()})"


class Appeal(models.Model):
    """A user's objection to a verdict on their own message, and what became of it."""

    class Status(models.TextChoices):
        """Open until staff decide."""

        OPEN = "open", _("open")
        UPHELD = "upheld", _("verdict stands")
        GRANTED = "granted", _("granted")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="appeals")
    verdict = models.OneToOneField(Verdict, on_delete=models.CASCADE, related_name="appeal", verbose_name=_("verdict"))
    text = models.TextField(_("why the verdict is wrong"), max_length=2_000)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.OPEN)
    answer = models.TextField(_("answer"), max_length=2_000, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", editable=False
    )
    decided_at = models.DateTimeField(_("decided"), null=True, editable=False)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.get_status_display()


class Report(models.Model):
    """A user's word that an answer should not be as it is. It outlives the message."""

    class Reason(models.TextChoices):
        """What is wrong."""

        HARMFUL = "harmful", _("harmful or dangerous")
        HATEFUL = "hateful", _("hateful or harassing")
        SEXUAL = "sexual", _("sexual")
        PRIVATE = "private", _("tells private data")
        ILLEGAL = "illegal", _("illegal")
        OTHER = "other", _("something else")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reports")
    message_id = models.UUIDField(_("message"))
    reason = models.CharField(_("reason"), max_length=8, choices=Reason)
    comment = models.TextField(_("comment"), max_length=2_000, blank=True)
    content = models.TextField(_("content"))
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["user", "message_id"], name="moderation_reported_once")]

    def __str__(self) -> str:
        return self.get_reason_display()


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
