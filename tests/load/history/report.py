"""The figures of a bench of history as lines of text, and what they must keep to."""

import re
from collections.abc import Iterator
from math import log

from tests.load.history.results import Answer, Findings

# Milliseconds: of a page or a list over the API and in SQL, and of a search over the API.
PAGE_API, PAGE_SQL, SEARCH_API = 20.0, 3.0, 100.0
NAME = 46


def head() -> str:
    """The line above the rows."""
    return f"{'':{NAME}}{'API p50':>9}{'p99':>9}{'SQL p50':>9}{'p99':>9}  statements, partitions, how"


def row(answer: Answer) -> str:
    """One kind of read."""
    figures = (answer.api.p50, answer.api.p99, answer.sql.p50, answer.sql.p99)
    cells = "".join(f"{figure:>9.1f}" for figure in figures)
    line = f"{answer.name:{NAME}}{cells}  {answer.statements}, {len(answer.partitions)}, {' + '.join(answer.ways)}"
    return "\n".join([line, *(f"  failed: {failure}" for failure in answer.failures)])


def about(findings: Findings) -> str:
    """What the history is like."""
    sizes = ", ".join(f"{name} {size:,.0f} MB" for name, size in findings.megabytes.items())
    learnt = f"{findings.words:,} words, learnt in {findings.seconds_to_learn:,.0f} s"
    busy = f"{findings.cores:.1f} cores busy while one question was asked at a time"
    return f"{findings.messages:,} messages: {sizes}; {learnt}; {busy}"


def verdicts(findings: Findings) -> Iterator[str]:
    """One line for each aim."""
    pages = [answer for answer in findings.answers if not answer.name.startswith("search")]
    searches = [answer for answer in findings.answers if answer.name.startswith("search")]
    yield _verdict("pages and lists over the API, p99 ms", max(answer.api.p99 for answer in pages), PAGE_API)
    yield _verdict("pages and lists in SQL, p99 ms", max(answer.sql.p99 for answer in pages), PAGE_SQL)
    yield _verdict("searches over the API, p99 ms", max(answer.api.p99 for answer in searches), SEARCH_API)
    yield _verdict("partitions that one read touches", max(len(answer.partitions) for answer in findings.answers), 1)


def _verdict(what: str, figure: float, most: float) -> str:
    return f"  {'kept  ' if figure <= most else 'missed'} {figure:9,.1f}  ≤ {most:,.0f}  {what}"


def growth(small: Findings, large: Findings) -> Iterator[str]:
    """How much more a read costs in SQL in the larger history."""
    logarithm = log(large.messages) / log(small.messages)
    yield f"from {small.messages:,} to {large.messages:,} messages, SQL p50 times (log N: × {logarithm:.2f})"
    before = {_kind(answer): answer for answer in small.answers}
    for answer in large.answers:
        if earlier := before.get(_kind(answer)):
            times = answer.sql.p50 / earlier.sql.p50
            yield f"  × {times:4.2f}  {earlier.sql.p50:7.1f} → {answer.sql.p50:7.1f} ms  {answer.name}"


def _kind(answer: Answer) -> str:
    """The name of a question without its number, which differs with the history."""
    return re.sub(r" \(.*\)", "", answer.name)
