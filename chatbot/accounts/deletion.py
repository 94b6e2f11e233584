"""The end of an account: at once for its user, and soon after for all that it holds."""

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from chatbot.accounts.legal_hold import refuse_on_hold
from chatbot.accounts.models import User
from chatbot.accounts.sessions import end_other_sessions
from chatbot.accounts.signals import account_deletion_requested
from chatbot.lib.errors import Forbidden
from chatbot.lib.tasks import enqueue_on_commit

LAST_ADMINISTRATOR = "You are the only administrator. Make somebody else one first."


@transaction.atomic
def request_deletion(*, user: User, request: HttpRequest | None = None) -> None:
    """Closes an account for good: nobody can sign in or use its keys from now on, and Celery deletes what it holds.

    Raises Forbidden under a legal hold, and for the last administrator.
    """
    refuse_on_hold(user.pk)
    others = User.objects.select_for_update().filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
    if user.is_superuser and not others.exists():
        raise Forbidden(LAST_ADMINISTRATOR)
    locked = User.objects.select_for_update().get(pk=user.pk)
    locked.is_active = False
    locked.deletion_requested_at = timezone.now()
    # Ends every credential as well.
    locked.set_unusable_password()
    locked.save(update_fields=["is_active", "deletion_requested_at", "password"])
    end_other_sessions(user=locked, keep=None)
    account_deletion_requested.send(sender=User, user=locked, request=request)
    # A higher layer knows what an account holds.
    enqueue_on_commit("conversations.delete_accounts")
