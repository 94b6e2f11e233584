"""Puts on record what staff delete of others."""

from typing import Any
from uuid import UUID

from django.dispatch import receiver

from chatbot.accounts.models import User
from conversations.signals import conversation_deleted_by_staff
from moderation import audit


@receiver(conversation_deleted_by_staff)
def note_deletion(staff: User, user_id: UUID, conversation_id: UUID, messages: int, **_: Any) -> None:
    """Whose conversation it was, and how long; not what it said."""
    audit.record(
        action="conversation.deleted",
        actor=staff,
        target_type="conversation",
        target_id=conversation_id,
        details={"user": str(user_id), "messages": messages},
    )
