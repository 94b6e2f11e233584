"""Message."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from conversations.models.conversation import Conversation


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
    # On the branch that the conversation shows. Its numbers rise from the root to the leaf.
    current = models.BooleanField(_("on the current branch"), default=True, db_default=True)
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    class Meta:
        db_table = "messages"
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["sequence_number"]
        indexes = [
            models.Index(fields=["conversation", "sequence_number"], name="messages_of_conversation"),
            models.Index(
                fields=["conversation", "sequence_number"], condition=models.Q(current=True), name="messages_of_branch"
            ),
            models.Index(fields=["conversation"], condition=models.Q(parent=None), name="messages_roots"),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.sequence_number}"

    # That of its conversation; only of those that were read with it (conversations.versions).
    version: str
    # The ids of the message and its siblings, oldest first, where there are any and somebody looked
    # (conversations.tree).
    siblings: tuple[str, ...] | list[str] = ()
    # What its user thinks of it, where somebody looked (conversations.selectors).
    rating: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """The message as the doors of the contract show it. `position` counts its `siblings` from 1."""
        name = str(self.pk)
        siblings = self.siblings or [name]
        return {
            "id": name,
            "conversation_id": str(self.conversation_id),
            "parent_id": str(self.parent_id) if self.parent_id else None,
            "role": self.role,
            "status": self.status,
            "content": self.content,
            "tokens": self.tokens,
            "sequence_number": self.sequence_number,
            "metadata": self.metadata,
            "siblings": siblings,
            "position": siblings.index(name) + 1,
            "rating": self.rating,
            "created_at": self.created_at.isoformat(),
        }
