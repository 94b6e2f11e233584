"""Buckets of a minute (django-ratelimit on a counting cache): messages and requests of a user, requests of a stranger.

Every bucket is shared by all doors. What cannot be counted is not let in.
"""

import logging
import time
from dataclasses import dataclass, replace
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django_ratelimit.core import get_usage
from redis.exceptions import RedisError

from chatbot.lib.errors import Overloaded, RateLimited

logger = logging.getLogger(__name__)

MESSAGES = "messages"
REQUESTS = "requests"
STRANGERS = "strangers"
# The attribute of a request that holds its Usage, for the headers of the response.
COUNTED = "counted"


@dataclass(frozen=True, slots=True)
class Usage:
    """What was taken out of a bucket, and the seconds until it is full again."""

    limit: int
    used: int
    reset_after: int

    @property
    def remaining(self) -> int:
        """How much is left."""
        return max(0, self.limit - self.used)

    @property
    def exceeded(self) -> bool:
        """Whether more was asked for than there was."""
        return self.used > self.limit

    def headers(self) -> dict[str, str]:
        """The bucket as HTTP headers. `X-RateLimit-Reset` is a Unix time in seconds."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(int(time.time()) + self.reset_after),
        }


def take(user_id: UUID, *, per_minute: int) -> Usage:
    """Takes one message out of the user's bucket.

    Raises RateLimited with the seconds until the window ends, and Overloaded when the cache cannot be reached.
    """
    usage = _count(MESSAGES, user_id=user_id, per_minute=per_minute)
    if usage.exceeded:
        raise _refusal(usage, f"You may send {per_minute} messages a minute.")
    return usage


def take_request(user_id: UUID, *, per_minute: int) -> Usage:
    """Takes one API request out of the user's bucket. Raises as `take` does."""
    usage = _count(REQUESTS, user_id=user_id, per_minute=per_minute)
    if usage.exceeded:
        raise _refusal(usage, f"You may make {per_minute} requests a minute.")
    return usage


def take_stranger(request: HttpRequest) -> Usage:
    """Takes one request without a user out of the bucket of its client address (of its /64, where that is IPv6).

    Raises as `take` does.
    """
    limit = settings.ANONYMOUS_REQUESTS_PER_MINUTE
    usage = _count(STRANGERS, request=request, per_minute=limit)
    if usage.exceeded:
        raise _refusal(usage, f"Without a valid log-in, {limit} requests a minute may come from one address.")
    return usage


def take_report(
    group: str, *, per_minute: int, user_id: UUID | None = None, request: HttpRequest | None = None
) -> Usage:
    """Takes one out of a bucket for what browsers report, of a user or of the client address of a request. Raises as
    `take` does.
    """
    usage = _count(group, user_id=user_id, request=request, per_minute=per_minute)
    if usage.exceeded:
        raise _refusal(usage, f"{per_minute} reports a minute are taken.")
    return usage


def look(group: str, user_id: UUID, *, per_minute: int) -> Usage:
    """A user's bucket as it is; takes nothing. Raises Overloaded."""
    usage = _count(group, user_id=user_id, per_minute=per_minute, increment=False)
    # What was refused was counted, but not used.
    return replace(usage, used=min(usage.used, usage.limit))


def _count(
    group: str,
    *,
    per_minute: int,
    user_id: UUID | None = None,
    request: HttpRequest | None = None,
    increment: bool = True,
) -> Usage:
    try:
        usage = get_usage(
            request=request,
            group=group,
            key="ip" if user_id is None else lambda *_: str(user_id),
            rate=f"{per_minute}/m",
            increment=increment,
        )
    except RedisError as error:
        logger.exception("rate limit not counted")
        raise Overloaded(retry_after=5) from error
    # A window may end between two looks at the clock.
    return Usage(limit=usage["limit"], used=usage["count"], reset_after=max(1, int(usage["time_left"])))


def _refusal(usage: Usage, rule: str) -> RateLimited:
    wait = usage.reset_after
    return RateLimited(f"{rule} Please wait {wait} s.", retry_after=wait, headers=usage.headers())
