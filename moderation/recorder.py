"""Puts on record what happens to conversations. They only say so, by a signal."""

from typing import Any

from django.db.models import Model
from django.dispatch import receiver

from chatbot.accounts.models import User
from conversations.signals import noteworthy
from moderation import audit


@receiver(noteworthy)
def note(action: str, actor: User | None, target: Model, details: dict[str, Any], **_: Any) -> None:
    """Adds an entry."""
    audit.record(
        action=action, actor=actor, target_type=str(target._meta.model_name), target_id=target.pk, details=details
    )
