"""Asks a history: the live server over one connection, and this very process, which can see statements and plans.

It runs within Django, with the environment of the product.
"""

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from random import Random
from time import perf_counter
from typing import Any

import msgspec
from django.db import connection
from django.db.models import IntegerField
from rest_framework.test import APIClient

from chatbot.accounts.models import Tier, User
from chatbot.accounts.services import create_access_key
from conversations.models import SearchWord
from conversations.search.words import learn_words
from tests.load.history.people import Crowd, Person, make_crowd
from tests.load.history.plans import digest, explain
from tests.load.history.questions import Question, all_questions
from tests.load.history.results import Answer, Findings, spread
from tests.load.history.warming import warm
from tests.load.processor import machine_seconds

WARM_UP = 3
# What every request does to know who asks, and what only keeps statements together.
_BESIDE = re.compile(r"^(?:SAVEPOINT|RELEASE|SET LOCAL)|\baccounts_")
_SIZES = """
SELECT 'messages', sum(pg_table_size(relid)) FROM pg_partition_tree('messages')
UNION ALL SELECT 'search index', sum(pg_relation_size(indexrelid)) FROM pg_stat_user_indexes
WHERE indexrelname LIKE 'messages_%_search_idx'
UNION ALL SELECT 'other indexes', sum(pg_relation_size(indexrelid)) FROM pg_stat_user_indexes
WHERE relname LIKE 'messages__' AND indexrelname NOT LIKE 'messages_%_search_idx'
UNION ALL SELECT 'words', pg_total_relation_size('search_words')
"""


class Asker:
    """Asks as one of the people, each by an access key."""

    def __init__(self, crowd: Crowd) -> None:
        limits = [
            field.name
            for field in Tier._meta.concrete_fields
            if isinstance(field, IntegerField) and not field.primary_key and not field.is_relation
        ]
        tier, _ = Tier.objects.get_or_create(
            slug="bench", defaults={"name": "Bench", **dict.fromkeys(limits, 2_000_000_000)}
        )
        people = crowd.everybody()
        made = [User(id=person.id, username=f"person{number}", tier=tier) for number, person in enumerate(people)]
        User.objects.bulk_create(made, batch_size=1_000, ignore_conflicts=True)
        self._keys: dict[Any, str] = {}
        self._live = HTTPConnection(os.environ["HOST"], int(os.environ["PORT"]), timeout=60)
        self._client = APIClient(raise_request_exception=False)

    def _headers(self, person: Person) -> dict[str, str]:
        if person.id not in self._keys:
            self._keys[person.id] = create_access_key(user=User.objects.get(id=person.id), name="bench")[1]
        return {"Authorization": f"Bearer {self._keys[person.id]}", "Host": os.environ["HOST"]}

    def live(self, person: Person, path: str) -> tuple[float, int]:
        """Milliseconds until the whole answer is there, and its status."""
        headers = self._headers(person)
        began = perf_counter()
        self._live.request("GET", path, headers=headers)
        response = self._live.getresponse()
        response.read()
        return 1_000 * (perf_counter() - began), response.status

    def reconnect(self) -> None:
        """The next question comes over a new connection: servers end those that say nothing for some seconds."""
        self._live.close()

    def inside(self, person: Person, path: str, seen: "Statements") -> None:
        """The same within this process."""
        headers = self._headers(person)
        with connection.execute_wrapper(seen):
            self._client.get(path, headers=headers)


class Statements:
    """Watches statements: how many there are, how long they take and, where it is asked for, how they are planned."""

    def __init__(self, *, plans: bool = False) -> None:
        self.milliseconds, self.count = 0.0, 0
        self.ways: dict[str, None] = {}
        self.partitions: set[str] = set()
        self._plans = plans

    def __call__(self, execute: Callable[..., Any], sql: Any, values: Any, many: bool, context: dict[str, Any]) -> Any:
        statement = str(sql).strip()
        if _BESIDE.search(statement):
            return execute(sql, values, many, context)
        if self._plans and statement.startswith("SELECT"):
            ways, partitions = digest(explain(context["cursor"].cursor, statement, values))
            self.ways.update(dict.fromkeys(ways))
            self.partitions |= partitions
        began = perf_counter()
        try:
            return execute(sql, values, many, context)
        finally:
            self.milliseconds += 1_000 * (perf_counter() - began)
            self.count += 1


def answer(asker: Asker, question: Question, runs: int) -> Answer:
    """Asks so often; every question is another one where the kind allows it."""
    random = Random(question.name)
    paths = [question.path(random) for _ in range(runs + WARM_UP)]
    asker.reconnect()
    lived = [asker.live(question.person, path) for path in paths]
    seen = []
    for path in paths:
        statements = Statements()
        asker.inside(question.person, path, statements)
        seen.append(statements)
    planned = Statements(plans=True)
    asker.inside(question.person, paths[-1], planned)
    failures = sorted(
        {f"{status} from {path}" for path, (_, status) in zip(paths, lived, strict=True) if status != 200}
    )
    return Answer(
        name=question.name,
        api=spread([milliseconds for milliseconds, _ in lived[WARM_UP:]]),
        sql=spread([statements.milliseconds for statements in seen[WARM_UP:]]),
        statements=max(statements.count for statements in seen),
        ways=list(planned.ways),
        partitions=sorted(planned.partitions),
        failures=failures[:3],
    )


@contextmanager
def _timed(into: list[float]) -> Iterator[None]:
    began = perf_counter()
    yield
    into.append(perf_counter() - began)


def measure(messages: int, runs: int) -> None:
    """Writes the Findings to the standard output."""
    crowd = make_crowd(messages)
    asker = Asker(crowd)
    learning: list[float] = []
    with _timed(learning):
        # A history that was kept has learnt them already.
        if not SearchWord.objects.exists():
            learn_words(since=datetime.fromtimestamp(0, UTC), until=datetime.now(UTC))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) search_words")
        cursor.execute("ANALYZE")
        cursor.execute(_SIZES)
        sizes = {name: float(size) / 1e6 for name, size in cursor.fetchall()}
    sizes["read into memory beforehand"] = warm([crowd.heavy, crowd.long, crowd.typical])
    began, busy = perf_counter(), machine_seconds()
    answers = [answer(asker, question, runs) for question in all_questions(crowd)]
    cores = (machine_seconds() - busy) / (perf_counter() - began)
    findings = Findings(messages, learning[0], SearchWord.objects.count(), sizes, cores, answers)
    sys.stdout.buffer.write(msgspec.json.encode(findings))
