"""The newest messages that match, found in time however many there are.

A word that stands in every second message of a long history matches a great many rows, and reading them all to rank
some would take seconds. So the newest messages are looked at first, by their ids, which rise with time; where they do
not hold enough matches the window is widened by what they held, and halved again and again where it holds too many.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.utils import OperationalError
from psycopg.errors import QueryCanceled

from chatbot.lib.errors import Overloaded
from chatbot.lib.ids import bucket_of, id_range, lowest_id

# So many matches are ranked among themselves: older ones come after all of them.
RANKED = 300
# Rows that are fetched for one window at most, before it is made smaller.
MOST_ROWS = 4_000
# Rows of the first window, of all users in the bucket.
FIRST_ROWS = 2_000
NARROWER = 8
# After so many seconds the page shows what there is, and its cursor goes on from there.
ENOUGH_SECONDS = 1.0
# An id is made when the message is, give or take so many milliseconds.
SLACK = 60_000

# Windows of a history of millions are remembered row by row, and none of the time is spent on compiling.
_SESSION = "SET LOCAL work_mem = '64MB'; SET LOCAL jit = off; SET LOCAL statement_timeout = '5s'"
# The planner cannot know that a word is rare in one part of a history: what it gathers first and reads afterwards is
# bounded, a walk along the ids that hopes to meet matches is not.
_GATHER = "SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off"
_FIRST_WINDOW = "SELECT id FROM messages WHERE id BETWEEN %s AND %s ORDER BY id DESC OFFSET %s LIMIT 1"
_MATCHES = """
SELECT id, {filters} FROM messages
WHERE id BETWEEN %(low)s AND %(high)s AND user_id = %(user)s AND search @@ %(query)s::tsquery {conversation}
LIMIT %(limit)s
"""
_FILTERS = {
    "after": "created_at >= %(after)s",
    "before": "created_at < %(before)s",
    "role": "role = %(role)s",
    "model": "metadata ->> 'model' IS NOT DISTINCT FROM %(model)s",
}
_IMPORTED = "SELECT EXISTS (SELECT FROM conversations WHERE user_id = %s AND source <> '')"


@dataclass(frozen=True, slots=True)
class Filters:
    """What else the messages must be. Times are of the message: `after` is included, `before` is not."""

    after: datetime | None = None
    before: datetime | None = None
    role: str | None = None
    model: str | None = None
    conversation: UUID | None = None

    def values(self) -> dict[str, Any]:
        """Those that are set."""
        return {field.name: value for field in fields(self) if (value := getattr(self, field.name)) is not None}


@contextmanager
def reading() -> Iterator[CursorWrapper]:
    """A cursor for a search; raises Overloaded when a statement takes too long."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_SESSION)
            yield cursor
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise Overloaded("This search takes too long. Look in one conversation, or in less time.") from error
        raise


class Matches:
    """The matches of one user's messages, newest first."""

    def __init__(self, cursor: CursorWrapper, *, user_id: UUID, filters: Filters) -> None:
        self._cursor, self._user_id = cursor, user_id
        self._values = filters.values()
        conditions = ["status NOT IN ('blocked', 'held')", *(_FILTERS[n] for n in self._values if n in _FILTERS)]
        conversation = "AND conversation_id = %(conversation)s" if filters.conversation else ""
        self._sql = _MATCHES.format(filters=" AND ".join(conditions), conversation=conversation)
        # Where rows are left out, more of them must be read.
        self._wanted = 2 * RANKED if len(conditions) == 1 else MOST_ROWS // 2
        self._lowest, self._highest = self._range(filters)
        self._first_windows: dict[int, int] = {}

    def newest(self, query: str, upto: UUID | None, above: UUID | None = None) -> tuple[list[UUID], UUID | None]:
        """Up to RANKED ids from `upto` on downwards, and where older ones begin, None when there are none. `above` is
        where they began when the same was asked before: the same are found once more.
        """
        deadline = time.monotonic() + ENOUGH_SECONDS
        lowest = max(self._lowest, above.int + 1) if above else self._lowest
        high = min(upto.int if upto else self._highest, self._highest)
        low = self._first_window(high)
        self._cursor.execute(_GATHER)
        found: list[UUID] = []
        while high >= lowest:
            rows = self._between(query, low, high)
            if len(rows) > MOST_ROWS and low < high:
                # Those that were read are not the newest, but there are enough from the oldest of their newest on.
                low = max(high - (high - low) // NARROWER, rows[RANKED][0].int)
                continue
            found += [identifier for identifier, meets in rows if meets]
            if len(found) >= RANKED or (time.monotonic() > deadline and not above):
                break
            span = (high - low + 1) * self._wanted // len(rows) if rows else high
            high, low = low - 1, max(lowest, low - 1 - span)
        if above:
            return found[:RANKED], above
        if len(found) > RANKED:
            return found[:RANKED], found[RANKED]
        return found, UUID(int=low - 1) if low > lowest else None

    def _range(self, filters: Filters) -> tuple[int, int]:
        """The ids among which the matches are."""
        lowest, highest = id_range(self._user_id)
        bucket = bucket_of(self._user_id)
        if filters.after:
            # Nothing is kept before it was written.
            lowest = max(lowest, lowest_id(bucket, _milliseconds(filters.after)))
        if filters.before and not self._has_imported():
            # What was written elsewhere is kept later.
            highest = min(highest, lowest_id(bucket, _milliseconds(filters.before) + SLACK))
        return lowest.int, highest.int

    def _has_imported(self) -> bool:
        self._cursor.execute(_IMPORTED, [self._user_id])
        return bool(self._cursor.fetchone()[0])

    def _first_window(self, high: int) -> int:
        if high not in self._first_windows:
            first, last = UUID(int=self._lowest), UUID(int=max(high, 0))
            self._cursor.execute(_FIRST_WINDOW, [first, last, FIRST_ROWS - 1])
            row = self._cursor.fetchone()
            self._first_windows[high] = row[0].int if row else self._lowest
        return self._first_windows[high]

    def _between(self, query: str, low: int, high: int) -> list[tuple[UUID, bool]]:
        """The matches in a window, newest first, and whether they meet the filters: more than MOST_ROWS are not all."""
        window = {"low": UUID(int=low), "high": UUID(int=high)}
        values = {**self._values, **window, "user": self._user_id, "query": query, "limit": MOST_ROWS + 1}
        self._cursor.execute(self._sql, values)
        return sorted(self._cursor.fetchall(), reverse=True)


def _milliseconds(moment: datetime) -> int:
    return max(0, int(moment.timestamp() * 1_000))
