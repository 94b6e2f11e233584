"""Reads of the tree of messages. A message that was edited or answered again has siblings: other children of the same
parent. Numbers rise along every branch.
"""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from chatbot.lib.ids import id_range
from conversations.models import Message

_LEAF = """
WITH RECURSIVE below AS (
    SELECT id, 1 AS depth FROM messages WHERE id = %(message)s
    UNION ALL
    SELECT child.id, below.depth + 1 FROM below CROSS JOIN LATERAL (
        SELECT id FROM messages m
        WHERE m.parent_id = below.id AND m.id BETWEEN %(first)s AND %(last)s
        ORDER BY m.sequence_number DESC LIMIT 1
    ) child
)
SELECT id FROM below ORDER BY depth DESC LIMIT 1
"""
_ANCESTORS = """
WITH RECURSIVE above AS (
    SELECT id, parent_id, 1 AS depth FROM messages WHERE id = %(message)s
    UNION ALL
    SELECT m.id, m.parent_id, above.depth + 1 FROM messages m JOIN above ON m.id = above.parent_id
    WHERE above.depth < %(limit)s AND m.id BETWEEN %(first)s AND %(last)s
)
SELECT id FROM above
"""
_SIBLINGS = """
SELECT parent_id, array_agg(id ORDER BY sequence_number) FROM messages
WHERE parent_id = ANY(%(parents)s) AND id BETWEEN %(first)s AND %(last)s GROUP BY parent_id HAVING count(*) > 1
UNION ALL
SELECT NULL, array_agg(id ORDER BY sequence_number) FROM messages
WHERE conversation_id = %(root_of)s AND parent_id IS NULL AND id BETWEEN %(first)s AND %(last)s HAVING count(*) > 1
"""


def newest_leaf(message: Message) -> UUID:
    """The end of the branch below `message` along the newest child each time: itself when it has none."""
    first, last = id_range(message.user_id)
    with connection.cursor() as cursor:
        cursor.execute(_LEAF, {"message": message.pk, "first": first, "last": last})
        leaf: UUID = cursor.fetchone()[0]
        return leaf


def ancestors(message_id: UUID, *, owner_id: UUID, limit: int) -> list[UUID]:
    """The message and those above it, nearest first, at most `limit`."""
    first, last = id_range(owner_id)
    with connection.cursor() as cursor:
        cursor.execute(_ANCESTORS, {"message": message_id, "limit": limit, "first": first, "last": last})
        return [row[0] for row in cursor.fetchall()]


def find_siblings(messages: Sequence[Message]) -> None:
    """Gives each of the messages, which are of one conversation, its `siblings`: one query for all of them."""
    if not messages:
        return
    first, last = id_range(messages[0].user_id)
    roots = any(message.parent_id is None for message in messages)
    values = {
        "parents": [message.parent_id for message in messages if message.parent_id is not None],
        "root_of": messages[0].conversation_id if roots else None,
        "first": first,
        "last": last,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SIBLINGS, values)
        siblings = dict(cursor.fetchall())
    for message in messages:
        message.siblings = [str(sibling) for sibling in siblings.get(message.parent_id, [message.pk])]
