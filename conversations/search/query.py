"""What somebody looks for, made into PostgreSQL's queries."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from chatbot.lib.errors import InvalidInput
from conversations.content import check_characters

LONGEST_QUERY = 400
MOST_TERMS = 20
SHORTEST_BEGINNING = 6
ONLY_NEGATED = "Say what to look for, not only what to leave out."

_TOKEN = re.compile(r'(?P<minus>-?)"(?P<phrase>[^"]*)"?|(?P<word>\S+)')
# Several lexemes that stand one after the other: a phrase, a name_like_this, a word of a script without spaces.
_SEVERAL = re.compile(r"<(?:-|\d+)>")

_COMPILE = """
SELECT phraseto_tsquery('simple', words)::text, plainto_tsquery('chat', words)::text
FROM unnest(%s::text[]) WITH ORDINALITY terms (term, number), search_text(term) words ORDER BY number
"""


@dataclass(frozen=True, slots=True)
class Term:
    """One word or phrase. `exact` and `stem` are queries of PostgreSQL; they are empty for what holds no word, and
    `stem` also for words like `the`, of which the language says that they tell nothing.
    """

    text: str
    phrase: bool = False
    beginning: bool = False
    negated: bool = False
    exact: str = ""
    stem: str = ""

    @property
    def word(self) -> str:
        """The lexeme of a single word, in its quotes; empty for several."""
        return "" if self.phrase or _SEVERAL.search(self.exact) else self.exact

    @property
    def tells(self) -> bool:
        """Whether it narrows a search."""
        return bool(self.stem or (self.exact and (self.phrase or self.beginning)))

    @property
    def lexeme(self) -> str:
        """A single word as it stands in the index; empty for several."""
        return self.word[1:-1]

    def as_query(self) -> str:
        """The messages that hold the word in any form, or the phrase. A short beginning stands for itself only: which
        words it begins is looked up (conversations.search.words).
        """
        if not self.word:
            return self.exact
        if self.beginning:
            return as_beginning(self.lexeme) or self.exact
        return f"({self.exact} | {self.stem})" if self.stem and self.stem != self.exact else self.exact

    @property
    def has_order(self) -> bool:
        """Whether words have to stand one after the other, which an index does not know."""
        return bool(_SEVERAL.search(self.exact))


def as_beginning(lexeme: str) -> str:
    """The messages with a word that begins so; empty for a short one, because of the many words that would match."""
    return f"'{lexeme}':*" if len(lexeme) >= SHORTEST_BEGINNING else ""


@dataclass(frozen=True, slots=True)
class Query:
    """`condition` is what a message must meet, `candidates` what an index can tell of it: words wherever they stand.
    What is to be highlighted matches `words` as it is written, or `stems` by the language; either may be empty.
    """

    condition: str
    candidates: str
    words: str
    stems: str

    @property
    def has_order(self) -> bool:
        """Whether a candidate may fail to meet the condition."""
        return self.condition != self.candidates


def parse(text: str) -> list[list[Term]]:
    """The terms, those of one alternative together. Raises InvalidInput for what is no query."""
    check_characters(text)
    if not text.strip():
        raise InvalidInput("Say what to look for: `q` is empty.")
    if len(text) > LONGEST_QUERY:
        raise InvalidInput(f"`q` has {len(text):,} characters; {LONGEST_QUERY} are allowed.")
    alternatives: list[list[Term]] = [[]]
    for term in _terms(text):
        if term is None:
            alternatives.append([])
        elif term.text.strip():
            alternatives[-1].append(term)
    if sum(map(len, alternatives)) > MOST_TERMS:
        raise InvalidInput(f"`q` has more than {MOST_TERMS} words and phrases.")
    return _compiled([terms for terms in alternatives if terms])


def _terms(text: str) -> Iterator[Term | None]:
    """Each term, and None for `or`."""
    for found in _TOKEN.finditer(text):
        word = found["word"]
        if word is None:
            yield Term(found["phrase"], phrase=True, negated=bool(found["minus"]))
        elif word.lower() == "or":
            yield None
        else:
            negated = len(word) > 1 and word.startswith("-")
            word = word.removeprefix("-") if negated else word
            yield Term(word, beginning=len(word) > 3 and word.endswith("*"), negated=negated)


def _compiled(alternatives: list[list[Term]]) -> list[list[Term]]:
    every = [term for terms in alternatives for term in terms]
    with connection.cursor() as cursor:
        cursor.execute(_COMPILE, [[term.text for term in every]])
        queries = iter(cursor.fetchall())
    return [
        [
            Term(term.text, term.phrase, term.beginning, term.negated, exact, stem)
            for term, (exact, stem) in zip(terms, queries, strict=False)
        ]
        for terms in alternatives
    ]


def build(alternatives: list[list[Term]], others: dict[str, str] | None = None) -> Query | None:
    """The query for terms; None when there is no word among them. `others` names, by its text, what else a word may be.

    Words that tell nothing count only where there is nothing else. Raises InvalidInput when there is only what is to be
    left out.
    """
    conditions, candidates, every = [], [], []
    for terms in alternatives:
        wanted = [term for term in terms if term.exact and not term.negated]
        wanted = [term for term in wanted if term.tells] or wanted
        if wanted:
            queries = [_any([term.as_query(), (others or {}).get(term.text, "")]) for term in wanted]
            unwanted = [term for term in terms if term.negated and term.exact]
            conditions.append(_all([*queries, *map(_not, unwanted)]))
            loose = [_SEVERAL.sub("&", query) for query in queries]
            candidates.append(_all([*loose, *(_not(term) for term in unwanted if not term.has_order)]))
            every += wanted
    if not conditions:
        if any(term.negated and term.exact for terms in alternatives for term in terms):
            raise InvalidInput(ONLY_NEGATED)
        return None
    stems = [term.stem for term in every if term.stem and term.word and not term.beginning]
    words = [term.as_query() for term in every if term.beginning or not (term.stem and term.word)]
    return Query(_any(conditions), _any(candidates), _any([*words, *(others or {}).values()]), _any(stems))


def _not(term: Term) -> str:
    return f"!({term.as_query()})"


def _all(queries: list[str]) -> str:
    return " & ".join(f"({query})" for query in queries)


def _any(queries: list[str]) -> str:
    return " | ".join(f"({query})" for query in queries if query)
