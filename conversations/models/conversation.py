"""Conversation and Summary."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Living(models.Manager["Conversation"]):
    """All conversations but those that are being deleted, which nobody sees any more."""

    def get_queryset(self) -> models.QuerySet["Conversation"]:
        """Without the marked ones."""
        return super().get_queryset().filter(deleted_at=None)


class Conversation(models.Model):
    """A thread of messages of one user. Its counters are kept under its row lock."""

    id = models.UUIDField(primary_key=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="conversations",
        db_index=False,  # conversations_of_user begins with it
        verbose_name=_("user"),
    )
    title = models.CharField(_("title"), max_length=200, blank=True)
    model_config = models.JSONField(
        _("model configuration"), default=dict, blank=True, help_text=_("model, system_prompt, temperature, max_tokens")
    )
    # What it began with, so that what users think of its answers is known by preset.
    preset = models.ForeignKey(
        "conversations.Preset",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="conversations",
        db_index=False,
        verbose_name=_("preset"),
    )
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    archived = models.BooleanField(_("archived"), default=False)
    pinned = models.BooleanField(_("pinned"), default=False)
    folder = models.CharField(_("folder"), max_length=80, blank=True)
    expires_at = models.DateTimeField(
        _("ends"), null=True, blank=True, help_text=_("A temporary chat is deleted then.")
    )
    # What an import made it from, for example `chatgpt:<id>`: the same again is not imported twice.
    source = models.CharField(max_length=120, blank=True, default="", db_default="", editable=False)
    message_count = models.PositiveIntegerField(_("messages"), default=0)
    total_tokens = models.PositiveBigIntegerField(_("tokens"), default=0)
    last_sequence_number = models.PositiveIntegerField(default=0, editable=False)
    # When its deletion began, where that takes more than one step (conversations.deletion).
    deleted_at = models.DateTimeField(_("deleted"), null=True, editable=False)
    # When it came back from the archive. Retention counts from here.
    restored_at = models.DateTimeField(_("restored"), null=True, editable=False)
    # Rises with every change to a message that is not pending (conversations.derived.void_derived).
    window_version = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    last_message_at = models.DateTimeField(_("last message"), db_default=Now())
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    # Differs after every change; only of those that were read with it (conversations.versions).
    version: str

    objects = Living()
    with_deleted: ClassVar[models.Manager["Conversation"]] = models.Manager()

    class Meta:
        db_table = "conversations"
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        ordering = ["-last_message_at", "-id"]
        indexes = [
            models.Index(fields=["user", "-last_message_at", "-id"], name="conversations_of_user"),
            models.Index(fields=["-last_message_at", "-id"], name="conversations_newest"),
            models.Index(
                fields=["expires_at"], condition=models.Q(expires_at__isnull=False), name="conversations_temporary"
            ),
            models.Index(fields=["preset"], condition=models.Q(preset__isnull=False), name="conversations_of_preset"),
            models.Index(
                fields=["deleted_at"], condition=models.Q(deleted_at__isnull=False), name="conversations_deleted"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "source"], condition=~models.Q(source=""), name="conversations_imported_once"
            ),
        ]

    def __str__(self) -> str:
        return self.title or str(_("New conversation"))

    def get_absolute_url(self) -> str:
        """The chat page of this conversation."""
        return f"/c/{self.pk}/"


class Summary(models.Model):
    """What was said up to and including a message, for prompts into which that no longer fits.

    It holds on branches that contain the message, and on no others. `sequence_number` is the message's. There is no
    foreign key to it: whoever deletes a message voids the summaries (conversations.derived).
    """

    id = models.UUIDField(primary_key=True, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="summaries")
    message_id = models.UUIDField(unique=True)
    sequence_number = models.PositiveIntegerField()
    content = models.TextField()
    tokens = models.PositiveIntegerField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "summaries"
        verbose_name = _("summary")
        verbose_name_plural = _("summaries")
        ordering = ["-sequence_number"]

    def __str__(self) -> str:
        return f"up to {self.sequence_number}"
