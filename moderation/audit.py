"""Writes the audit log."""

from typing import Any

from chatbot.accounts.models import User
from moderation.models import AuditEntry


def record(
    *, action: str, actor: User | None, target_type: str = "", target_id: object = "", details: dict[str, Any]
) -> AuditEntry:
    """Adds an entry, in the transaction of what it tells about."""
    return AuditEntry.objects.create(
        action=action,
        actor_id=actor.id if actor else None,
        actor_label=actor.get_username() if actor else "",
        target_type=target_type,
        target_id=str(target_id),
        details=details,
    )
