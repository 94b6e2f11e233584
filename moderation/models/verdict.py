"""Verdict, Appeal, Report: what hold texts of users."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from moderation.models.policy import Action


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
