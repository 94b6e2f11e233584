"""Conversation, Message and Summary."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


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
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    archived = models.BooleanField(_("archived"), default=False)
    pinned = models.BooleanField(_("pinned"), default=False)
    folder = models.CharField(_("folder"), max_length=80, blank=True)
    message_count = models.PositiveIntegerField(_("messages"), default=0)
    total_tokens = models.PositiveBigIntegerField(_("tokens"), default=0)
    last_sequence_number = models.PositiveIntegerField(default=0, editable=False)
    # Rises with every change to a message that is not pending (conversations.derived.void_derived).
    window_version = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    last_message_at = models.DateTimeField(_("last message"), db_default=Now())
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    class Meta:
        db_table = "conversations"
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        ordering = ["-last_message_at", "-id"]
        indexes = [
            models.Index(fields=["user", "-last_message_at", "-id"], name="conversations_of_user"),
            models.Index(fields=["-last_message_at", "-id"], name="conversations_newest"),
        ]

    def __str__(self) -> str:
        return self.title or str(_("New conversation"))

    def get_absolute_url(self) -> str:
        """The chat page of this conversation."""
        return f"/c/{self.pk}/"


class Message(models.Model):
    """One message. The table is partitioned by id, that is by the owner's bucket (chatbot.lib.ids).

    The database also keeps `search`, a generated tsvector of the content. It is left out of the model so that no read
    or insert carries it; searching names it in SQL.
    """

    class Role(models.TextChoices):
        """Who speaks."""

        USER = "user", _("user")
        ASSISTANT = "assistant", _("assistant")

    class Status(models.TextChoices):
        """How far the message is. A user's message is `completed` from the start."""

        PENDING = "pending", _("pending")
        COMPLETED = "completed", _("completed")
        STOPPED = "stopped", _("stopped")
        FAILED = "failed", _("failed")
        BLOCKED = "blocked", _("blocked")
        HELD = "held", _("held")

    id = models.UUIDField(primary_key=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="messages", db_index=False, verbose_name=_("conversation")
    )
    parent = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="children")
    role = models.CharField(_("role"), max_length=16, choices=Role)
    status = models.CharField(_("status"), max_length=16, choices=Status)
    content = models.TextField(_("content"), blank=True)
    tokens = models.PositiveIntegerField(_("tokens"), default=0)
    sequence_number = models.PositiveIntegerField(_("number"))
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    class Meta:
        db_table = "messages"
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["sequence_number"]
        indexes = [models.Index(fields=["conversation", "sequence_number"], name="messages_of_conversation")]

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.sequence_number}"

    def as_dict(self) -> dict[str, Any]:
        """The message as the doors of the contract show it."""
        return {
            "id": str(self.pk),
            "conversation_id": str(self.conversation_id),
            "parent_id": str(self.parent_id) if self.parent_id else None,
            "role": self.role,
            "status": self.status,
            "content": self.content,
            "tokens": self.tokens,
            "sequence_number": self.sequence_number,
            "metadata": self.metadata,
            "created_at": self.created_at.isoformat(),
        }


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
