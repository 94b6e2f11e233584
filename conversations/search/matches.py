"""The newest messages that match, found in time however many there are.

A word that stands in every second message of a long history matches a great many rows, and reading them all to rank
some would take seconds. So the newest messages are looked at first, by their ids, which rise with time; where they do
not hold enough matches the window is widened by what they held, and halved again and again where it holds too many.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
SECONDS = 5

# Windows of a history of millions are remembered row by row, and none of the time is spent on compiling.
_SESSION = f"SET LOCAL work_mem = '64MB'; SET LOCAL jit = off; SET LOCAL statement_timeout = '{SECONDS}s'"
# The planner cannot know that a word is rare in one part of a history: what it gathers first and reads afterwards is
# bounded, a walk along the ids that hopes to meet matches is not.
_GATHER = "SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off"
_FIRST_WINDOW = "SELECT id FROM messages WHERE id BETWEEN %s AND %s ORDER BY id DESC OFFSET %s LIMIT 1"
_MATCHES = """
SELECT id FROM messages
WHERE id BETWEEN %(low)s AND %(high)s AND user_id = %(user)s AND search @@ %(query)s::tsquery
  AND status NOT IN ('blocked', 'held') {filters}
LIMIT %(limit)s
"""
FILTERS = {
    "after": "AND created_at >= %(after)s",
    "before": "AND created_at < %(before)s",
    "role": "AND role = %(role)s",
    "model": "AND metadata ->> 'model' = %(model)s",
    "conversation": "AND conversation_id = %(conversation)s",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What else the messages must be. Times are of the message: `after` is included, `before` is not."""

    after: datetime | None = None
    before: datetime | None = None
    role: str | None = None
    model: str | None = None
    conversation: UUID | None = None

    def as_sql(self) -> tuple[str, dict[str, Any]]:
        """The conditions that are set, and their values."""
        values = {name: value for name in FILTERS if (value := getattr(self, name)) is not None}
        return " ".join(FILTERS[name] for name in values), values


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

    def __init__(self, cursor: CursorWrapper, *, user_id: UUID, query: str, filters: Filters) -> None:
        self._cursor = cursor
        conditions, values = filters.as_sql()
        self._sql = _MATCHES.format(filters=conditions)
        self._values = {**values, "user": user_id, "query": query, "limit": MOST_ROWS + 1}
        self._lowest, self._highest = id_range(user_id)
        if filters.after:
            # Nothing is kept before it was written; what was written elsewhere is kept later.
            self._lowest = lowest_id(bucket_of(user_id), max(0, int(filters.after.timestamp() * 1_000)))

    def newest(self, upto: UUID | None) -> tuple[list[UUID], UUID | None]:
        """Up to RANKED ids from `upto` on downwards, and where older ones begin, None when there are none."""
        high = min(upto or self._highest, self._highest).int
        lowest, low = self._lowest.int, self._first_window(high)
        self._cursor.execute(_GATHER)
        found: list[UUID] = []
        while high >= lowest:
            rows = sorted(self._between(low, high), reverse=True)
            if len(rows) > MOST_ROWS and low < high:
                # Those that were read are not the newest, but there are enough from the oldest of their newest on.
                low = max(high - (high - low) // NARROWER, rows[RANKED].int)
                continue
            found += rows
            if len(found) >= RANKED:
                break
            span = (high - low + 1) * 2 * RANKED // len(rows) if rows else high
            high, low = low - 1, max(lowest, low - 1 - span)
        newest = found[:RANKED]
        more = len(found) > RANKED or low > lowest
        return newest, UUID(int=newest[-1].int - 1) if newest and more else None

    def _first_window(self, high: int) -> int:
        self._cursor.execute(_FIRST_WINDOW, [self._lowest, UUID(int=high), FIRST_ROWS - 1])
        row = self._cursor.fetchone()
        return row[0].int if row else self._lowest.int

    def _between(self, low: int, high: int) -> list[UUID]:
        values = {**self._values, "low": UUID(int=low), "high": UUID(int=high)}
        self._cursor.execute(self._sql, values)
        return [row[0] for row in self._cursor.fetchall()]
