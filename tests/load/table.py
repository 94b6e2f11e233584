"""The figures of a bench as lines of text, and what follows from them."""

from collections.abc import Sequence

from tests.load.orders import IdleResult, StopsResult, StreamsResult

PRODUCT = ("web", "engine", "redis")
GAP_LIMIT_MS = 150.0
GROUPS = {
    "": ("streams", "tokens/s"),
    "CPU µs per token": ("web", "engine", "redis", "sum"),
    "gap ms": ("p50", "p99"),
    "first - direct ms": ("p50", "p99"),
    "direct ms": ("p50", "p99"),
    "ack ms": ("p50", "p99"),
    "RSS MB": ("web", "engine"),
    "beside: µs per token": ("postgres", "provider", "client"),
    "cores": ("machine", "others"),
}
WIDTH = 9
MARGIN = 13


def head() -> str:
    """The two lines above the rows."""
    groups = " |".join(f"{title:>{WIDTH * len(columns)}.{WIDTH * len(columns)}}" for title, columns in GROUPS.items())
    columns = " |".join("".join(f"{column:>{WIDTH}}" for column in columns) for columns in GROUPS.values())
    margin = " " * MARGIN
    return f"{margin}{groups}\n{margin}{columns}"


def micros(result: StreamsResult, *names: str) -> float:
    """Processor time of these processes for one token, in microseconds."""
    return 1e6 * sum(result.cpu[name] for name in names) / result.tokens if result.tokens else 0.0


def cores(result: StreamsResult) -> float:
    """Cores that web, engine and Redis used together."""
    return sum(result.cpu[name] for name in PRODUCT) / result.seconds


def others(result: StreamsResult) -> float:
    """Cores that the machine used meanwhile for what is not part of the bench."""
    ours = sum(used for name, used in result.cpu.items() if name != "machine")
    return (result.cpu["machine"] - ours) / result.seconds


def row(result: StreamsResult, what: str) -> str:
    """One line under the head, and what went wrong under it."""
    direct = result.direct.p50
    values: list[tuple[float, ...]] = [
        (result.streams, result.tokens / result.seconds),
        (*(micros(result, name) for name in PRODUCT), micros(result, *PRODUCT)),
        (result.gap.p50, result.gap.p99),
        (result.first_token.p50 - direct, result.first_token.p99 - direct),
        (direct, result.direct.p99),
        (result.ack.p50, result.ack.p99),
        (result.megabytes["web"], result.megabytes["engine"]),
        tuple(micros(result, name) for name in ("postgres", "provider", "generator")),
        (result.cpu["machine"] / result.seconds, others(result)),
    ]
    line = f"{what:{MARGIN}}" + " |".join("".join(_cell(value) for value in group) for group in values)
    if result.trouble:
        line += f"\n  incomplete: {result.streams - result.complete} ({'; '.join(result.trouble)})"
    return line


def _cell(value: float) -> str:
    return f"{value:>{WIDTH},.0f}" if value >= 1_000 or isinstance(value, int) else f"{value:>{WIDTH}.1f}"


def stops_row(result: StopsResult, streams: int) -> str:
    """How long stops took."""
    return (
        f"{result.stops} stops among {streams} streams: provider's request cancelled after p50 "
        f"{result.cancelled.p50:.0f} ms, p99 {result.cancelled.p99:.0f} ms; reader told after p50 "
        f"{result.told.p50:.0f} ms, p99 {result.told.p99:.0f} ms"
    )


def idle_row(result: IdleResult) -> str:
    """What idle sockets cost."""
    return (
        f"{result.sockets:,} idle sockets opened with a {result.proof}: {result.kilobytes_each:.1f} kB each; "
        f"{result.connects_per_second:,.0f} "
        f"connects/s at {result.cpu_ms_each:.2f} ms of the web process each, "
        f"p50 {result.connect.p50:.0f} ms, p99 {result.connect.p99:.0f} ms"
    )


def streams_per_core(results: Sequence[StreamsResult]) -> float:
    """How many live streams use up one core of web, engine and Redis: between two levels on a straight line, beyond the
    last one at its cost.
    """
    before, used_before = 0, 0.0
    for result in results:
        used = cores(result)
        if used >= 1.0:
            return before + (result.streams - before) * (1.0 - used_before) / (used - used_before)
        before, used_before = result.streams, used
    return before / used_before if used_before else 0.0


def smooth_streams(results: Sequence[StreamsResult]) -> int:
    """The most streams whose p99 gap stayed under the limit."""
    return max((result.streams for result in results if result.gap.p99 < GAP_LIMIT_MS), default=0)
