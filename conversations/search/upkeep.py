"""Keeps the list of words up to date: what messages bring is learnt, what no message has any more is forgotten.

How far that is stands in the cache: when it is lost, a day is learnt again.
"""

import time
from datetime import timedelta

from django.core.cache import cache
from django.utils import timezone

from conversations.search.words import forget_words, learn_words

LEARNT, FORGOTTEN = "search:learnt", "search:forgotten"
# The text of an answer comes later than its id.
OVERLAP = timedelta(minutes=15)
FIRST = timedelta(days=1)
STEP = timedelta(hours=1)
BATCH = 500


def learn_new_words(*, seconds: float) -> bool:
    """Learns what came since the last time, for so many seconds at most; gives whether that was all."""
    deadline, now = time.monotonic() + seconds, timezone.now()
    since = cache.get(LEARNT) or now - FIRST
    while since < now and time.monotonic() < deadline:
        until = min(now, since + STEP)
        learn_words(since=since - OVERLAP, until=until)
        since = until
        cache.set(LEARNT, since, None)
    return bool(since >= now)


def forget_old_words(*, seconds: float) -> None:
    """Forgets words that are no longer used, for so many seconds; the next time goes on from there."""
    deadline = time.monotonic() + seconds
    after = cache.get(FORGOTTEN) or ""
    while time.monotonic() < deadline:
        after = forget_words(after=after, count=BATCH)
        cache.set(FORGOTTEN, after, None)
        if not after:
            break
