"""Places in the history that a conversation shows, and pages that begin elsewhere than at its end.

A message of another branch has no place of its own in what is shown: the one where its branch leaves it stands for it.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from chatbot.lib.errors import NotFound
from chatbot.lib.ids import id_range
from conversations.models import Conversation, Message
from conversations.selectors import branch_of
from conversations.tree import find_siblings

# Up to the first ancestor that is shown. The message itself is the first row, if it is there.
_PLACE = """
WITH RECURSIVE above AS (
    SELECT id, parent_id, sequence_number, current FROM messages
    WHERE id = %(message)s AND id BETWEEN %(first)s AND %(last)s AND conversation_id = %(conversation)s
    UNION ALL
    SELECT m.id, m.parent_id, m.sequence_number, m.current
    FROM messages m JOIN above ON m.id = above.parent_id
    WHERE NOT above.current AND m.id BETWEEN %(first)s AND %(last)s
)
SELECT count(*), min(sequence_number) FILTER (WHERE current), bool_or(current AND id = %(message)s) FROM above
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message stands in what its conversation shows: what has this number, or the first above it. Not `shown`:
    where its branch leaves what is shown.
    """

    number: int
    shown: bool


@dataclass(frozen=True, slots=True)
class Window:
    """Messages from one number to another, and the numbers next to them that are shown too, None where it ends."""

    first: int
    last: int
    older: int | None
    newer: int | None


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Messages, oldest first. Older ones stand before the number `older`, newer ones after `newer`; None: there are
    none.
    """

    messages: list[Message]
    older: int | None = None
    newer: int | None = None


def place_of(*, user_id: UUID, conversation_id: UUID, message_id: UUID) -> Place:
    """The place of a message of the user's conversation; raises NotFound."""
    first, last = id_range(user_id)
    values = {"message": message_id, "conversation": conversation_id, "first": first, "last": last}
    with connection.cursor() as cursor:
        cursor.execute(_PLACE, values)
        found, number, shown = cursor.fetchone()
    if not found:
        raise NotFound("There is no such message in this conversation.")
    return Place(number, shown=True) if shown else Place((number or 0) + 1, shown=False)


def window_around(branch: QuerySet[Message], number: int, *, limit: int) -> Window | None:
    """The `limit` messages with the place `number` about their middle, as many as there are; None: there are none.

    Reads numbers only, by their index.
    """
    numbers = branch.order_by().values_list("sequence_number", flat=True)
    before = numbers.filter(sequence_number__lt=number).order_by("-sequence_number")[: limit + 1]
    after = numbers.filter(sequence_number__gte=number).order_by("sequence_number")[: limit + 1]
    near = sorted(before.union(after, all=True).order_by())
    if not near:
        return None
    middle = sum(one < number for one in near)
    start = max(0, min(middle - limit // 2, len(near) - limit))
    end = min(start + limit, len(near))
    return Window(
        first=near[start],
        last=near[end - 1],
        older=near[start - 1] if start else None,
        newer=near[end] if end < len(near) else None,
    )


def messages_within(branch: QuerySet[Message], window: Window) -> QuerySet[Message]:
    """The messages of a window."""
    return branch.filter(sequence_number__range=(window.first, window.last))


def page_around(conversation: Conversation, place: Place, *, limit: int = 50) -> HistoryPage:
    """The page of what is shown with a place about its middle."""
    branch = branch_of(conversation)
    window = window_around(branch, place.number, limit=limit)
    if window is None:
        return HistoryPage([])
    messages = list(messages_within(branch, window).order_by("sequence_number"))
    find_siblings(messages)
    return HistoryPage(
        messages,
        older=window.first if window.older is not None else None,
        newer=window.last if window.newer is not None else None,
    )


def page_after(conversation: Conversation, *, after: int, limit: int = 50) -> HistoryPage:
    """Up to `limit` messages of what is shown, those next after the number `after`."""
    branch = branch_of(conversation)
    rows = list(branch.filter(sequence_number__gt=after).order_by("sequence_number")[: limit + 1])
    messages = rows[:limit]
    find_siblings(messages)
    older = messages and branch.filter(sequence_number__lt=messages[0].sequence_number).exists()
    return HistoryPage(
        messages,
        older=messages[0].sequence_number if older else None,
        newer=messages[-1].sequence_number if len(rows) > limit else None,
    )
