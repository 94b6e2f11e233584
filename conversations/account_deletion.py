"""The last step of a deleted account: all that it holds goes, in bounded batches, and then the account itself."""

import time
from contextlib import suppress
from uuid import UUID

from django.db import transaction

from chatbot.accounts.legal_hold import refuse_on_hold
from chatbot.accounts.models import User
from chatbot.accounts.signals import account_deleted
from chatbot.lib.errors import Forbidden
from conversations.deletion import delete_everything_of

# Accounts that one call looks at.
AT_A_TIME = 100


def delete_accounts(*, seconds: float) -> bool:
    """Goes on with the accounts whose deletion was asked for, for so many seconds; False when that was not enough.

    Accounts under a legal hold wait. Safe to run anywhere, at any time, in any number.
    """
    deadline = time.monotonic() + seconds
    due = User.objects.filter(deletion_requested_at__isnull=False, legal_hold=False).order_by("deletion_requested_at")
    for user_id in list(due.values_list("pk", flat=True)[:AT_A_TIME]):
        left = deadline - time.monotonic()
        # A hold may begin, and another process may be faster.
        with suppress(Forbidden, User.DoesNotExist):
            if left <= 0 or not delete_everything_of(user_id=user_id, seconds=left):
                return False
            _delete_row(user_id)
    return True


@transaction.atomic
def _delete_row(user_id: UUID) -> None:
    refuse_on_hold(user_id)
    user = User.objects.select_for_update().get(pk=user_id, deletion_requested_at__isnull=False)
    label = user.get_username()
    user.delete()
    account_deleted.send(sender=User, user_id=user_id, label=label)
