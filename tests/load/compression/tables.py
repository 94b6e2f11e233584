"""The messages in PostgreSQL's own tables, compressed one way and another."""

import time
from dataclasses import dataclass

from django.db import connection

from chatbot.accounts.models import User
from conversations.models import Message
from conversations.services import append_message, create_conversation

# Messages of one conversation.
LENGTH = 50
# PostgreSQL compresses rows above this only.
THRESHOLD = 2_000
ROUNDS = 3


@dataclass(frozen=True)
class Stored:
    """Bytes in `messages`: of the two columns that are compressed, and of the whole; `compressed` counts messages."""

    content: int
    search: int
    compressed: int
    table: int
    indexes: int


@dataclass(frozen=True)
class Speed:
    """Seconds to write and to read the messages that are compressed, without anything else."""

    writing: float
    reading: float


def methods() -> list[str]:
    """The methods that this server has."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT unnest(enumvals) FROM pg_settings WHERE name = 'default_toast_compression'")
        return [row[0] for row in cursor.fetchall()]


def store(user: User, texts: list[str], method: str) -> Stored:
    """Writes conversations of the messages anew under `method`."""
    _empty(method)
    for start in range(0, len(texts), LENGTH):
        conversation = create_conversation(user=user, title=texts[start][:60])
        parent = None
        for number, text in enumerate(texts[start : start + LENGTH]):
            message = append_message(
                conversation=conversation,
                role=Message.Role.ASSISTANT if number % 2 else Message.Role.USER,
                status=Message.Status.COMPLETED,
                content=text,
                parent_id=parent,
            )
            parent = message.pk
    with connection.cursor() as cursor:
        cursor.execute("VACUUM FULL messages")
        cursor.execute(_SIZES)
        return Stored(*cursor.fetchone())


_SIZES = """
WITH columns AS (
    SELECT sum(pg_column_size(content)) AS content, sum(pg_column_size(search)) AS search,
           count(*) FILTER (WHERE pg_column_compression(content) IS NOT NULL) AS compressed
    FROM messages
)
SELECT content, search, compressed, sum(pg_table_size(relid))::bigint, sum(pg_indexes_size(relid))::bigint
FROM columns, pg_partition_tree('messages') GROUP BY content, search, compressed
"""


def _empty(method: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE conversations CASCADE")
        cursor.execute("SELECT relid::regclass::text FROM pg_partition_tree('messages')")
        for (name,) in cursor.fetchall():
            for column in ("content", "search"):
                cursor.execute(f"ALTER TABLE {name} ALTER COLUMN {column} SET COMPRESSION {method}")


def speed(texts: list[str], method: str) -> Speed:
    """The best of some rounds over the long ones among `texts`."""
    long = [text for text in texts if len(text.encode()) > THRESHOLD]
    rounds = [_write_and_read(long, method) for _ in range(ROUNDS)]
    return Speed(min(writing for writing, _ in rounds), min(reading for _, reading in rounds))


def _write_and_read(texts: list[str], method: str) -> tuple[float, float]:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_texts")
        cursor.execute(f"CREATE TEMP TABLE bench_texts (content text COMPRESSION {method})")
        began = time.perf_counter()
        cursor.execute("INSERT INTO bench_texts SELECT unnest(%s::text[])", [texts])
        written = time.perf_counter()
        cursor.execute("SELECT sum(length(content)) FROM bench_texts")
        return written - began, time.perf_counter() - written
