"""What is asked of a history: addresses of reads, many of each kind."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

from django.db import connection

from tests.load.history.people import Crowd, Person
from tests.load.history.text import Writer

CONVERSATIONS = "/api/v1/conversations/"
SEARCH = "/api/v1/search/"
WHERE = ("first", "middle", "last")


@dataclass(frozen=True, slots=True)
class Question:
    """A kind of read by one person; `path` gives the address of one."""

    name: str
    person: Person
    path: Callable[[Random], str]


def all_questions(crowd: Crowd) -> Iterator[Question]:
    """Pages of long conversations at every depth, lists of conversations, and searches."""
    yield from _pages(crowd.long)
    for name, person in (("heavy", crowd.heavy), ("typical", crowd.typical)):
        yield from _lists(name, person)
    words = _Words(Writer(0))
    for name, person in (("heavy", crowd.heavy), ("typical", crowd.typical)):
        for what, make in words.kinds().items():
            yield Question(f"search {what}, {name}", person, _search(make))
    yield Question("search titles, heavy", crowd.heavy, _search(words.title, "&in=titles"))


def _search(make: Callable[[Random], str], more: str = "") -> Callable[[Random], str]:
    return lambda random: f"{SEARCH}?q={quote(make(random))}{more}"


def _cursor(position: object) -> str:
    return f"?cursor={quote(b64encode(urlencode({'p': position}).encode()).decode())}"


def _pages(person: Person) -> Iterator[Question]:
    """Pages around the beginning, the middle and the end of the person's two longest conversations."""
    longest = """
    SELECT id, message_count FROM conversations WHERE user_id = %s ORDER BY message_count DESC LIMIT 2
    """
    for name, (conversation, count) in zip(("longest", "next"), _rows(longest, person.id), strict=True):
        path = f"{CONVERSATIONS}{conversation}/messages/"
        for where in WHERE:
            yield Question(f"page of the {name} talk ({count:,}), {where}", person, _page(path, count, where))


def _page(path: str, count: int, where: str) -> Callable[[Random], str]:
    def make(random: Random) -> str:
        near = random.randrange(min(200, count // 4))
        below = {"middle": count // 2 + near, "last": min(52, count) + near}
        return path + (_cursor(below[where]) if where in below else "")

    return make


def _lists(name: str, person: Person) -> Iterator[Question]:
    (count,) = next(_rows("SELECT count(*) FROM conversations WHERE user_id = %s", person.id))
    at = "SELECT last_message_at FROM conversations WHERE user_id = %s ORDER BY last_message_at DESC OFFSET %s LIMIT 1"
    for where, offset in (("first", 0), ("middle", count // 2), ("last", max(0, count - 51))):
        (moment,) = next(_rows(at, person.id, offset))
        path = CONVERSATIONS + (_cursor(moment) if offset else "")
        yield Question(f"list of conversations ({count:,}), {where}, {name}", person, _always(path))


def _always(path: str) -> Callable[[Random], str]:
    return lambda _: path


class _Words:
    """Words by how frequent they are: in so many of a hundred messages or so."""

    def __init__(self, writer: Writer) -> None:
        self._words, self._sentences = writer.words, writer.sentences

    def kinds(self) -> dict[str, Callable[[Random], str]]:
        """What to look for."""
        return {
            "a word like `the`": lambda random: random.choice(self._words[:10]),
            "a common word": lambda random: self._ranked(random, 60, 150),
            "a word": lambda random: self._ranked(random, 500, 3_000),
            "a rare word": lambda random: self._ranked(random, 20_000, 60_000),
            "two words": lambda random: f"{self._ranked(random, 60, 150)} {self._ranked(random, 150, 1_000)}",
            "a phrase": self._phrase,
            "a beginning": lambda random: f"{self._ranked(random, 500, 20_000)[:5]}*",
            "part of a word": lambda random: self._ranked(random, 2_000, 20_000)[2:8],
            "a misspelt word": lambda random: self._ranked(random, 2_000, 20_000)[:-3] + "xqx",
        }

    def title(self, random: Random) -> str:
        """A part of a word that titles have."""
        return self._ranked(random, 200, 20_000)[:5]

    def _ranked(self, random: Random, first: int, last: int) -> str:
        return self._words[random.randrange(first, last)]

    def _phrase(self, random: Random) -> str:
        words = random.choice(self._sentences).rstrip(". ").split()
        start = random.randrange(len(words) - 1)
        return '"' + " ".join(words[start : start + 2]) + '"'


def _rows(sql: str, *values: Any) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        yield from cursor.fetchall()
