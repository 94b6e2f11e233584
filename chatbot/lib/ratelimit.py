"""One bucket of messages a minute for each user, shared by all doors (django-ratelimit on the shared cache)."""

from uuid import UUID

from django_ratelimit.core import get_usage

from chatbot.lib.errors import RateLimited


def take(user_id: UUID, *, per_minute: int) -> None:
    """Takes one message from the user's bucket; raises RateLimited with the seconds until the window ends.

    When the cache cannot be reached the exception goes through: nothing is let in uncounted.
    """
    usage = get_usage(
        request=None,
        group="messages",
        key=lambda *_: str(user_id),
        rate=f"{per_minute}/m",
        increment=True,
    )
    if usage is not None and usage["should_limit"]:
        wait = max(1, int(usage["time_left"]))
        raise RateLimited(
            f"You may send {per_minute} messages a minute. Please wait {wait} s.",
            retry_after=wait,
        )
