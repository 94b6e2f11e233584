"""The language by which messages are searched: the database's, which has to follow a change of SEARCH_LANGUAGE."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from psycopg import sql

from conversations.search.words import learn_words

BATCH = 500

# The one of PostgreSQL's configurations that treats every kind of word as ours does.
_INSTALLED = """
SELECT cfgname FROM pg_ts_config known
WHERE cfgnamespace = 'pg_catalog'::regnamespace AND (
    SELECT array_agg((maptokentype, mapseqno, mapdict) ORDER BY maptokentype, mapseqno)
    FROM pg_ts_config_map WHERE mapcfg = known.oid
) = (
    SELECT array_agg((maptokentype, mapseqno, mapdict) ORDER BY maptokentype, mapseqno)
    FROM pg_ts_config_map WHERE mapcfg = 'chat'::regconfig
) ORDER BY cfgname
"""
_MAPPINGS = """
SELECT kind.alias, dict.dictname FROM pg_ts_config_map
JOIN ts_token_type('default') kind ON kind.tokid = maptokentype JOIN pg_ts_dict dict ON dict.oid = mapdict
WHERE mapcfg = ('pg_catalog.' || %s)::regconfig
"""
_NEXT = "SELECT max(id::text)::uuid, count(*) FROM (SELECT id FROM messages WHERE id > %s ORDER BY id LIMIT %s) batch"
# Rows that somebody is writing just now are left for the next round.
_REFRESH = """
UPDATE messages SET content = content
WHERE id IN (SELECT id FROM messages WHERE id > %(after)s AND id <= %(last)s FOR NO KEY UPDATE SKIP LOCKED)
  AND id > %(after)s AND id <= %(last)s
"""


def installed_language() -> str:
    """The language that new messages are kept for; empty when it is none of PostgreSQL's."""
    with connection.cursor() as cursor:
        cursor.execute(_INSTALLED)
        row = cursor.fetchone()
        return str(row[0]) if row else ""


@transaction.atomic
def install_language(language: str) -> None:
    """Keeps messages for another language from now on."""
    with connection.cursor() as cursor:
        cursor.execute(_MAPPINGS, [language])
        for kind, dictionary in cursor.fetchall():
            change = sql.SQL("ALTER TEXT SEARCH CONFIGURATION chat ALTER MAPPING FOR {} WITH pg_catalog.{}")
            cursor.execute(change.format(sql.Identifier(kind), sql.Identifier(dictionary)))


def refresh_messages() -> Iterator[int]:
    """Brings all messages up to the installed language, some hundred at a time, while others read and write; gives how
    many are done. It may be interrupted, and begun again.
    """
    after, done = UUID(int=0), 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_NEXT, [after, BATCH])
            last, count = cursor.fetchone()
            if last is None:
                break
            refreshed = 0
            while refreshed < count:
                cursor.execute(_REFRESH, {"after": after, "last": last})
                if (refreshed := cursor.rowcount) < count:
                    cursor.execute("SELECT pg_sleep(0.1)")
                    cursor.execute(_NEXT, [after, BATCH])
                    _, count = cursor.fetchone()
            after, done = last, done + count
            yield done
    learn_words(since=datetime.fromtimestamp(0, UTC), until=timezone.now())
