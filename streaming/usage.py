"""What a user has used and has left."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils import timezone

from chatbot.accounts.models import User
from chatbot.lib import ratelimit
from chatbot.lib.ratelimit import Usage

# Answers and calls of programs since the first of the month, each by an index of its user. What was deleted with its
# conversation is not among them. Counts come from providers: what is no number counts as none.
_SPENT = """
WITH spent AS (
    SELECT created_at,
           CASE jsonb_typeof(metadata -> 'prompt_tokens') WHEN 'number'
                THEN (metadata ->> 'prompt_tokens')::numeric END AS prompt,
           CASE jsonb_typeof(metadata -> 'completion_tokens') WHEN 'number'
                THEN (metadata ->> 'completion_tokens')::numeric END AS completion
    FROM generations WHERE user_id = %(user)s AND created_at >= %(month)s
    UNION ALL
    SELECT created_at, prompt_tokens, completion_tokens
    FROM completions WHERE user_id = %(user)s AND created_at >= %(month)s
)
SELECT (SELECT count(*) FROM generations WHERE user_id = %(user)s AND status IN ('queued', 'running', 'retrying'))
     + (SELECT count(*) FROM completions WHERE user_id = %(user)s AND status = 'running' AND expires_at > now()),
       (SELECT coalesce(sum(size), 0) FROM attachments WHERE user_id = %(user)s),
       coalesce(sum(prompt) FILTER (WHERE created_at >= %(day)s), 0),
       coalesce(sum(completion) FILTER (WHERE created_at >= %(day)s), 0),
       coalesce(sum(prompt), 0), coalesce(sum(completion), 0)
FROM spent
"""


@dataclass(frozen=True, slots=True)
class TokensSpent:
    """Tokens read and written by models."""

    prompt: int
    completion: int


@dataclass(frozen=True, slots=True)
class UsageReport:
    """The buckets of this minute; answers being written, calls of programs among them; bytes of attachments; and the
    tokens since midnight and since the first of the month, in UTC.
    """

    messages: Usage
    requests: Usage
    generations: int
    storage_bytes: int
    today: TokensSpent
    month: TokensSpent


def usage_of(*, user: User, now: datetime | None = None) -> UsageReport:
    """One query and two round trips to Redis; raises Overloaded when that is away."""
    day = (now or timezone.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(_SPENT, {"user": user.pk, "day": day, "month": day.replace(day=1)})
        generations, storage, *tokens = map(int, cursor.fetchone())
    tier = user.tier
    return UsageReport(
        messages=ratelimit.look(ratelimit.MESSAGES, user.pk, per_minute=tier.messages_per_minute),
        requests=ratelimit.look(ratelimit.REQUESTS, user.pk, per_minute=tier.requests_per_minute),
        generations=generations,
        storage_bytes=storage,
        today=TokensSpent(tokens[0], tokens[1]),
        month=TokensSpent(tokens[2], tokens[3]),
    )
