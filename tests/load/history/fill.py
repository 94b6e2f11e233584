"""Fills a database with a history, as fast as PostgreSQL takes it."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from time import time

import psycopg

from tests.load.history.people import Crowd
from tests.load.history.rows import CONVERSATION_COLUMNS, MESSAGE_COLUMNS, Rows

LANES = 2
_INDEXES = """
SELECT indexrelid::regclass::text, replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ') FROM pg_index
WHERE indrelid = 'messages'::regclass AND NOT indisprimary
"""
# Foreign keys hold because the rows are made so. A sort of an index takes what memory it may.
_SESSION = "SET session_replication_role = replica; SET maintenance_work_mem = '768MB'"


def fill(url: str, crowd: Crowd, count: int) -> None:
    """Writes `count` messages with their conversations, builds the indexes, and gathers statistics."""
    with psycopg.connect(url, autocommit=True) as connection:
        indexes = connection.execute(_INDEXES).fetchall()
        for name, _definition in indexes:
            connection.execute(f"DROP INDEX {name}".encode())
        with ThreadPoolExecutor(LANES) as pool:
            list(pool.map(partial(_write, url), _lanes(crowd, count)))
            list(pool.map(partial(_run, url), [definition for _name, definition in indexes]))
        connection.execute("VACUUM (ANALYZE) messages")
        connection.execute("VACUUM (ANALYZE) conversations")


def _lanes(crowd: Crowd, count: int) -> list[Rows]:
    """What is written at the same time. The two with the most messages do not share a lane."""
    everybody, until = crowd.everybody(), time()
    whole = sum(person.share for person in everybody)
    lanes = []
    for lane in range(LANES):
        people = everybody[lane::LANES]
        share = sum(person.share for person in people) / whole
        lanes.append(Rows(people, round(count * share), seed=lane, until=until))
    return lanes


def _write(url: str, rows: Rows) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_SESSION)
        with connection.cursor() as cursor:
            with cursor.copy(f"COPY messages ({MESSAGE_COLUMNS}) FROM STDIN".encode()) as copy:
                for lines in rows.messages():
                    copy.write(lines)
            with cursor.copy(f"COPY conversations ({CONVERSATION_COLUMNS}) FROM STDIN".encode()) as copy:
                for line in rows.conversations():
                    copy.write(line)


def _run(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_SESSION)
        connection.execute(statement.encode())
