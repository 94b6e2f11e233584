"""One bucket of messages a minute for each user, shared by all doors (django-ratelimit on the shared cache)."""

import logging
from uuid import UUID

from django_ratelimit.core import get_usage
from redis.exceptions import RedisError

from chatbot.lib.errors import Overloaded, RateLimited

logger = logging.getLogger(__name__)


def take(user_id: UUID, *, per_minute: int) -> None:
    """Takes one message from the user's bucket; raises RateLimited with the seconds until the window ends.

    Raises Overloaded when the cache cannot be reached: nothing is let in uncounted.
    """
    try:
        usage = get_usage(
            request=None,
            group="messages",
            key=lambda *_: str(user_id),
            rate=f"{per_minute}/m",
            increment=True,
        )
    except RedisError as error:
        logger.exception("rate limit not counted")
        raise Overloaded(retry_after=5) from error
    if usage is not None and usage["should_limit"]:
        wait = max(1, int(usage["time_left"]))
        raise RateLimited(
            f"You may send {per_minute} messages a minute. Please wait {wait} s.",
            retry_after=wait,
        )
