"""Legal holds: who put them on an account, and who took them off, is on record."""

from uuid import UUID

from django.db import transaction

from chatbot.accounts.models import User
from moderation import audit


@transaction.atomic
def set_legal_hold(*, user_id: UUID, on: bool, actor: User) -> bool:
    """Puts an account on legal hold, or takes it off; gives whether that changed anything. A deletion under way is
    waited for.
    """
    user = User.objects.select_for_update(of=("self",)).get(pk=user_id)
    if user.legal_hold == on:
        return False
    user.legal_hold = on
    user.save(update_fields=["legal_hold"])
    action = "legal_hold.set" if on else "legal_hold.lifted"
    details = {"username": user.get_username()}
    audit.record(action=action, actor=actor, target_type="user", target_id=user.pk, details=details)
    return True
