"""The table of a suite: what each kind of fault did to how many messages, and how long it took."""

from collections.abc import Iterable
from math import ceil

from tests.chaos.lane import Result
from tests.chaos.verdict import COUNTS

COLUMNS = ("kind", "runs", "messages", *COUNTS, "errors", "restarts", "failed visibly", "p50 s", "p99 s", "max s")


def percentile(values: list[float], share: float) -> float:
    """The smallest value that `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def table(results: Iterable[Result]) -> str:
    """One line a kind, in the order of their first results, and the sum. `restarts` are processes that ended by
    themselves, which is no violation: a supervisor starts them again.
    """
    kinds: dict[str, list[Result]] = {}
    for result in results:
        kinds.setdefault(result.kind, []).append(result)
    everything = [result for group in kinds.values() for result in group]
    rows = [_row(kind, group) for kind, group in kinds.items()]
    if len(kinds) > 1:
        rows.append(_row("all", everything))
    widths = [max(len(row[place]) for row in [list(COLUMNS), *rows]) for place in range(len(COLUMNS))]
    return "\n".join(_line(row, widths) for row in [list(COLUMNS), *rows])


def _row(kind: str, results: list[Result]) -> list[str]:
    counts = [sum(len((result.found or {}).get(name, [])) for result in results) for name in COUNTS]
    times = [result.recovery for result in results if not result.error] or [0.0]
    figures = [
        len(results),
        sum(result.messages for result in results),
        *counts,
        sum(bool(result.error) for result in results),
        sum(len(result.crashes or []) for result in results),
        sum(result.failed_visibly for result in results),
    ]
    seconds = [percentile(times, 0.5), percentile(times, 0.99), max(times)]
    return [kind, *map(str, figures), *(f"{value:.1f}" for value in seconds)]


def _line(cells: list[str], widths: list[int]) -> str:
    padded = [cell.rjust(width) for cell, width in zip(cells, widths, strict=True)]
    return "  ".join([cells[0].ljust(widths[0]), *padded[1:]])
