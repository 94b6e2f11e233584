"""The newest messages that match, found in time however many there are.

A word that stands in every second message of a long history matches a great many rows, and even to list them all in an
index would take a second. So windows of ids, which rise with time, are looked at one after the other. The newest one
tells how wide the next has to be. A small window is walked along; a wide one, in which matches are rare, is gathered by
the index of words, and made narrower where they are not rare after all.
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
from conversations.search.query import Query
from conversations.search.windows import keys_between

# So many matches are ranked among themselves: older ones come after all of them.
RANKED = 300
# Rows of all users in the bucket: of the first window, and of one that is walked along at most.
FIRST_ROWS = 2_000
WALKED_ROWS = 6_000
# Candidates that are fetched from a window that is gathered, before it is made narrower.
MOST_ROWS = 2_000
NARROWER = 8
# After so many seconds the page shows what there is, and its cursor goes on from there.
ENOUGH_SECONDS = 1.0
# An id is made when the message is, give or take so many milliseconds.
SLACK = 60_000

# Windows of a history of millions are remembered row by row, and none of the time is spent on compiling.
_SESSION = "SET LOCAL work_mem = '64MB'; SET LOCAL jit = off; SET LOCAL statement_timeout = '5s'"
# The planner cannot know that a word is rare in one part of a history: what it gathers first and reads afterwards is
# bounded, a walk along the ids that hopes to meet matches is not.
_BOUNDED = "SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off"
_FIRST_WINDOW = """
SELECT max(id::text)::uuid, min(id::text)::uuid, count(*)
FROM (SELECT id FROM messages WHERE id BETWEEN %s AND %s ORDER BY id DESC LIMIT %s) newest
"""
_WALK = """
SELECT id, {meets} FROM (
    SELECT * FROM messages
    WHERE id BETWEEN %(low)s AND %(high)s AND user_id = %(user)s {conversation} OFFSET 0
) messages WHERE search @@ %(candidates)s::tsquery
"""
_GATHER = """
SELECT id, {meets} FROM messages
WHERE id BETWEEN %(low)s AND %(high)s AND user_id = %(user)s AND search @@ %(candidates)s::tsquery {conversation}
  AND search_keys(user_id, id) && %(keys)s::bigint[]
LIMIT %(limit)s
"""
_CONDITION = "search @@ %(condition)s::tsquery"
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
        self._conditions = ["status NOT IN ('blocked', 'held')", *(_FILTERS[n] for n in self._values if n in _FILTERS)]
        self._lowest, self._highest = self._range(filters)
        self._windows: dict[int, tuple[int, int, float]] = {}

    def newest(self, query: Query, upto: UUID | None, above: UUID | None = None) -> tuple[list[UUID], UUID | None]:
        """Up to RANKED ids from `upto` on downwards, and where older ones begin, None when there are none. `above` is
        where they began when the same was asked before: the same are found once more.
        """
        deadline = time.monotonic() + ENOUGH_SECONDS
        lowest = max(self._lowest, above.int + 1) if above else self._lowest
        low, high, dense = self._first_window(min(upto.int if upto else self._highest, self._highest))
        low = max(low, lowest)
        self._cursor.execute(_BOUNDED)
        found: list[UUID] = []
        while high >= lowest:
            walks = (high - low) * dense <= WALKED_ROWS
            rows = self._between(_WALK if walks else _GATHER, query, low, high)
            if not walks and len(rows) > MOST_ROWS:
                # Those that were read are not the newest, but there are enough from the oldest of their newest on.
                low = max(high - (high - low) // NARROWER, rows[RANKED][0].int)
                continue
            found += [identifier for identifier, meets in rows if meets]
            if len(found) >= RANKED or (time.monotonic() > deadline and not above):
                break
            # How wide the next window has to be after one with so many: everything, where there were none.
            wider = (high - low + 1) * self._wanted(query, RANKED - len(found)) // len(rows) if rows else low
            high, low = low - 1, max(lowest, low - 1 - wider)
        if above:
            return found[:RANKED], above
        if len(found) > RANKED:
            return found[:RANKED], found[RANKED]
        return found, UUID(int=low - 1) if low > lowest else None

    def _wanted(self, query: Query, missing: int) -> int:
        """How many candidates to look for when so many matches are missing."""
        some_fail = query.has_order or len(self._conditions) > 1
        return MOST_ROWS // 2 if some_fail else missing + missing // 4

    def _range(self, filters: Filters) -> tuple[int, int]:
        """The ids among which the matches are."""
        lowest, highest = id_range(self._user_id)
        # What was written elsewhere has an id of a later time.
        if (filters.after or filters.before) and not self._has_imported():
            bucket = bucket_of(self._user_id)
            if filters.after:
                lowest = max(lowest, lowest_id(bucket, _milliseconds(filters.after) - SLACK))
            if filters.before:
                highest = min(highest, lowest_id(bucket, _milliseconds(filters.before) + SLACK))
        return lowest.int, highest.int

    def _has_imported(self) -> bool:
        self._cursor.execute(_IMPORTED, [self._user_id])
        return bool(self._cursor.fetchone()[0])

    def _first_window(self, high: int) -> tuple[int, int, float]:
        """Where the newest rows begin and end, and how many there are for each step of an id."""
        if high not in self._windows:
            first, last = UUID(int=self._lowest), UUID(int=max(high, 0))
            self._cursor.execute(_FIRST_WINDOW, [first, last, FIRST_ROWS])
            newest, oldest, count = self._cursor.fetchone()
            if count < FIRST_ROWS:
                window = self._lowest, newest.int if newest else self._lowest, 0.0
            else:
                window = oldest.int, newest.int, count / (newest.int - oldest.int + 1)
            self._windows[high] = window
        return self._windows[high]

    def _between(self, statement: str, query: Query, low: int, high: int) -> list[tuple[UUID, bool]]:
        """The candidates in a window, newest first, and whether they meet everything. Gathered ones are not all of them
        where they are more than MOST_ROWS.
        """
        conditions = [*self._conditions, *[_CONDITION] * query.has_order]
        conversation = "AND conversation_id = %(conversation)s" if "conversation" in self._values else ""
        sql = statement.format(meets=" AND ".join(conditions), conversation=conversation)
        values: dict[str, Any] = {"low": UUID(int=low), "high": UUID(int=high), "user": self._user_id}
        values |= {"candidates": query.candidates, "condition": query.condition, "limit": MOST_ROWS + 1}
        self._cursor.execute(sql, {**self._values, **values, "keys": keys_between(self._user_id, low, high)})
        return sorted(self._cursor.fetchall(), reverse=True)


def _milliseconds(moment: datetime) -> int:
    return max(SLACK, int(moment.timestamp() * 1_000))
