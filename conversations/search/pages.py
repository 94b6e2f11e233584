"""Pages of what was found."""

from dataclasses import dataclass
from secrets import token_hex
from typing import Any
from uuid import UUID

from django.db.backends.utils import CursorWrapper

from chatbot.lib.ids import id_range
from conversations.search import words
from conversations.search.matches import Filters, Matches, reading
from conversations.search.place import Place, Ranked
from conversations.search.query import Query, Term, build, parse
from conversations.search.snippets import Part, find_marks, make_snippet

_RANK = """
SELECT m.id, ts_rank_cd(search, q, 1) + ts_rank(search, q, 1) / 10 AS rank
FROM messages m
     JOIN conversations c ON c.id = m.conversation_id AND c.deleted_at IS NULL AND c.expires_at IS NULL,
     CAST(%(query)s AS tsquery) q
WHERE m.id = ANY(%(ids)s) AND m.id BETWEEN %(low)s AND %(high)s
"""
_ROWS = """
SELECT m.id, m.conversation_id, c.title, m.role, m.current, m.created_at, left(m.content, 100000),
       CASE WHEN %(words)s <> '' THEN ts_headline('simple', text, %(words)s, %(how)s) END,
       CASE WHEN %(stems)s <> '' THEN ts_headline('chat', text, %(stems)s, %(how)s) END
FROM messages m JOIN conversations c ON c.id = m.conversation_id, search_text(left(m.content, 100000)) text
WHERE m.id = ANY(%(ids)s) AND m.id BETWEEN %(low)s AND %(high)s
"""


@dataclass(frozen=True, slots=True)
class Page:
    """Results, best first, and the cursors of the pages beside it."""

    results: list[dict[str, Any]]
    next: str | None = None
    previous: str | None = None


def search_messages(*, user_id: UUID, text: str, filters: Filters, cursor: str | None, limit: int) -> Page:
    """A page of the user's messages that match. Raises InvalidInput for what is no query, and Overloaded."""
    place = Place.decode(cursor) if cursor else Place()
    terms = parse(text)
    with reading() as database:
        query = _query(terms, parts=place.parts)
        if query is None:
            return Page([])
        search = _Search(database, user_id, filters)
        page = search.page(query, place, limit)
        if cursor or page.results or page.next:
            return page
        others = _query(terms, parts=True)
        return search.page(others, Place(parts=True), limit) if others and others != query else page


def _query(terms: list[list[Term]], *, parts: bool) -> Query | None:
    wanted = [term for alternative in terms for term in alternative if term.word and not term.negated]
    return build(terms, words.parts_of(wanted) if parts else words.beginnings_of(wanted))


class _Search:
    def __init__(self, database: CursorWrapper, user_id: UUID, filters: Filters) -> None:
        self._database = database
        self._matches = Matches(database, user_id=user_id, filters=filters)
        self._range = dict(zip(("low", "high"), id_range(user_id), strict=True))

    def page(self, query: Query, place: Place, limit: int) -> Page:
        ids, place.older = self._matches.newest(query, place.edges[-1], place.older)
        ranked = self._rank(ids, query)
        if place.edges[-1] is None and ids:
            # What comes while somebody turns the pages stays out of them.
            place.edges[-1] = ids[0]
        first, last = place.cut(ranked, limit)
        shown = ranked[first:last]
        following = place.beside(shown[-1]) if shown and last < len(ranked) else place.below()
        previous = place.beside(shown[0], backwards=True) if shown and first else place.above()
        results = self._results(shown, query, "part" if place.parts else "word")
        return Page(results, following.encode() if following else None, previous.encode() if previous else None)

    def _rank(self, ids: list[UUID], query: Query) -> list[Ranked]:
        """The matches with their ranks, best first. Those of conversations that are being deleted are left out."""
        if not ids:
            return []
        self._database.execute(_RANK, {**self._range, "ids": ids, "query": query.condition})
        ranked = [(float(rank), identifier) for identifier, rank in self._database.fetchall()]
        return sorted(ranked, reverse=True)

    def _results(self, shown: list[Ranked], query: Query, match: str) -> list[dict[str, Any]]:
        if not shown:
            return []
        # No text holds it: whoever writes does not know it.
        start, end = f"\ue000{token_hex(6)}", f"\ue001{token_hex(6)}"
        options = f"HighlightAll=true, StartSel={start}, StopSel={end}"
        marks = {"words": query.words, "stems": query.stems, "how": options}
        self._database.execute(_ROWS, {**self._range, **marks, "ids": [identifier for _, identifier in shown]})
        rows = {row[0]: row for row in self._database.fetchall()}
        results = []
        for rank, identifier in shown:
            if row := rows.get(identifier):
                _, conversation_id, title, role, current, created_at, content, *marked = row
                found = [mark for text in marked if text for mark in find_marks(content, text, start=start, end=end)]
                result = make_result(conversation_id, title, make_snippet(content, found), match)
                result |= {"message_id": str(identifier), "role": role, "current": current}
                results.append({**result, "created_at": created_at.isoformat(), "rank": round(rank, 6)})
        return results


def make_result(conversation_id: UUID, title: str, snippet: list[Part], match: str) -> dict[str, Any]:
    """A result without what belongs to a message."""
    return {
        "conversation_id": str(conversation_id),
        "conversation_title": title,
        "message_id": None,
        "role": None,
        "current": None,
        "created_at": None,
        "match": match,
        "rank": None,
        "snippet": snippet,
    }
