"""Reads what people ask for into the memory of the machine, as on a server that has been at work for a while."""

import os
from collections.abc import Iterable
from pathlib import Path

from django.db import connection

from tests.load.history.people import Person

CHUNK = 1 << 24
_RELATIONS = """
WITH tables AS (
    SELECT oid, reltoastrelid FROM pg_class
    WHERE relkind = 'r' AND (relname = ANY(%s) OR relname IN ('conversations', 'search_words'))
), parts AS (
    SELECT oid FROM tables UNION SELECT reltoastrelid FROM tables WHERE reltoastrelid <> 0
)
SELECT pg_relation_filepath(oid) FROM parts
UNION SELECT pg_relation_filepath(indexrelid) FROM pg_index JOIN parts ON indrelid = oid
"""


def warm(people: Iterable[Person]) -> float:
    """Reads the partitions of these people with their indexes; gives how many megabytes that are."""
    partitions = sorted({f"messages_{person.bucket >> 4:x}" for person in people})
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute(_RELATIONS, [partitions])
        relations = [name for (name,) in cursor.fetchall()]
    size = 0
    for name in relations:
        path = Path(os.environ["VAR_DIR"], "postgres", name)
        # PostgreSQL begins a new file with every gigabyte.
        for file in (path, *path.parent.glob(f"{path.name}.*")):
            with file.open("rb") as read:
                while chunk := read.read(CHUNK):
                    size += len(chunk)
    return size / 1e6
