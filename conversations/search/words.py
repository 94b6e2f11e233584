"""Words by their parts. An index of the letters of words is small where one of the letters of messages is not: words
repeat themselves, and the more messages there are, the fewer are new.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection

from chatbot.lib.ids import BUCKETS, lowest_id
from conversations.models import SearchWord
from conversations.search.query import Term, as_beginning

# A part of a word has at least so many letters, and a word that is nearly another one.
SHORTEST_PART = 3
SHORTEST_NEARLY = 5
MOST_WORDS = 60
MOST_NEARLY = 12
SIMILARITY = 0.35

# What numbers and keys would add is found by its beginning only, unless several messages have it.
_LEARN = """
INSERT INTO search_words (word, messages)
SELECT word, count(*) FROM messages, unnest(tsvector_to_array(search)) word
WHERE id BETWEEN %s AND %s
GROUP BY word HAVING length(word) BETWEEN 3 AND 40 AND (count(*) > 1 OR word !~ '[0-9]')
ORDER BY word ON CONFLICT DO NOTHING
"""

_FORGET = """
DELETE FROM search_words WHERE word > %(after)s AND word <= %(last)s
AND NOT EXISTS (SELECT FROM messages WHERE search @@ quote_literal(word)::tsquery)
"""

_LIKE = """
SELECT part, array_agg(word) FROM unnest(%(parts)s::text[], %(patterns)s::text[]) parts (part, pattern),
LATERAL (SELECT word FROM search_words WHERE word LIKE pattern ORDER BY messages DESC, word LIMIT %(most)s) words
GROUP BY part
"""
_NEARLY = """
SELECT part, array_agg(word) FROM unnest(%(parts)s::text[]) part,
LATERAL (
    SELECT word FROM search_words WHERE word %% part ORDER BY similarity(word, part) DESC, word LIMIT %(most)s
) words
GROUP BY part
"""


def parts_of(terms: list[Term]) -> dict[str, str]:
    """What else may stand for each of these single words, by its text: a query for what begins with it, and for the
    words that contain it or are almost it.
    """
    found = words_with([term.lexeme for term in terms])
    return {term.text: _any([as_beginning(term.lexeme), *map(_quoted, found.get(term.lexeme, []))]) for term in terms}


def beginnings_of(terms: list[Term]) -> dict[str, str]:
    """What the beginnings among these terms stand for, by their text: a query for the words that begin so."""
    begun = [term for term in terms if term.beginning and len(term.lexeme) >= SHORTEST_PART]
    if not begun:
        return {}
    lexemes = sorted({term.lexeme for term in begun})
    with connection.cursor() as cursor:
        patterns = [f"{_escape(lexeme)}%" for lexeme in lexemes]
        cursor.execute(_LIKE, {"parts": lexemes, "patterns": patterns, "most": MOST_WORDS})
        found: dict[str, list[str]] = dict(cursor.fetchall())
    return {term.text: _any(map(_quoted, found.get(term.lexeme, []))) for term in begun}


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", r"\\").replace("'", "''") + "'"


def _any(queries: Iterable[str]) -> str:
    return " | ".join(filter(None, queries))


def words_with(parts: list[str]) -> dict[str, list[str]]:
    """For each of these parts the words that contain it, the most frequent first; where there are none, and the part is
    long enough, the words that are spelt almost like it. It is called inside a transaction.
    """
    parts = sorted({part for part in parts if len(part) >= SHORTEST_PART})
    if not parts:
        return {}
    with connection.cursor() as cursor:
        patterns = [f"%{_escape(part)}%" for part in parts]
        cursor.execute(_LIKE, {"parts": parts, "patterns": patterns, "most": MOST_WORDS})
        found: dict[str, list[str]] = dict(cursor.fetchall())
        if unknown := [part for part in parts if part not in found and len(part) >= SHORTEST_NEARLY]:
            cursor.execute("SET LOCAL pg_trgm.similarity_threshold = %s", [SIMILARITY])
            cursor.execute(_NEARLY, {"parts": unknown, "most": MOST_NEARLY})
            found.update(cursor.fetchall())
    return found


def _escape(part: str) -> str:
    return part.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


def learn_words(*, since: datetime, until: datetime) -> int:
    """Adds the words of the messages that were made in between; gives how many were new."""
    first, last = int(since.timestamp() * 1000), int((until + timedelta(milliseconds=1)).timestamp() * 1000)
    new = 0
    with connection.cursor() as cursor:
        for bucket in range(BUCKETS):
            cursor.execute(_LEARN, [lowest_id(bucket, first), lowest_id(bucket, last)])
            new += cursor.rowcount
    return new


def forget_words(*, after: str, count: int) -> str:
    """Looks at the next `count` words in alphabetical order and removes those that no message has any more. Gives the
    last one it looked at, empty at the end.
    """
    batch = SearchWord.objects.filter(word__gt=after).order_by("word").values_list("word", flat=True)[:count]
    words = list(batch)
    if words:
        with connection.cursor() as cursor:
            cursor.execute(_FORGET, {"after": after, "last": words[-1]})
    return words[-1] if len(words) == count else ""
