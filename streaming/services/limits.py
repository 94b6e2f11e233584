"""What a user may have at a time. Both hold under the lock of the user's row."""

from chatbot.accounts.models import User
from chatbot.lib.errors import Forbidden, QuotaExceeded
from streaming import intake


def lock_user(user: User) -> int:
    """Locks the user; gives how many answers they may have written at a time. Raises Forbidden."""
    concurrent = intake.lock_sender(user.id)
    if concurrent is None:
        raise Forbidden("This account may not use the chat.")
    return concurrent


def check_concurrency(active: int, allowed: int) -> None:
    """Raises QuotaExceeded when `active` answers are being written and no more are `allowed`."""
    if active >= allowed:
        raise too_many(allowed)


def too_many(allowed: int) -> QuotaExceeded:
    """What the user is told then."""
    return QuotaExceeded(
        f"You may have {allowed} answers written at the same time. Wait for one to end.", retry_after=5
    )
