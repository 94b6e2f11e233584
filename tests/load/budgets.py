"""What a server's figures must keep to (design, section 6), and how they do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.load.orders import IdleResult, StopsResult, StreamsResult
from tests.load.table import GAP_LIMIT_MS, PRODUCT, micros, smooth_streams, streams_per_core

# The level at which costs and delays are judged: costs fall with the load, so they are compared at one load only.
JUDGED_STREAMS = 300
LEAST_STREAMS = 500


@dataclass
class Figures:
    """All that was measured of one server."""

    levels: list[StreamsResult] = field(default_factory=list)
    fast: StreamsResult | None = None
    stops: StopsResult | None = None
    idle: IdleResult | None = None

    def judged(self) -> StreamsResult | None:
        """The level that is nearest to the one at which budgets hold."""
        return min(self.levels, key=lambda level: abs(level.streams - JUDGED_STREAMS), default=None)


def lines(figures: Figures, baseline: float | None) -> Iterator[str]:
    """One line for each budget of which there is a figure."""
    if level := figures.judged():
        cost = micros(level, *PRODUCT)
        at = f"at {level.streams} streams"
        ratio = f", {cost / baseline:.2f} of the plain SDK consumer" if baseline else ""
        yield _line(f"µs per token {at}{ratio}", cost, most=90)
        yield _line(f"first token over the provider's {at}, p50 ms", level.first_token.p50 - level.direct.p50, most=5)
        yield _line(f"first token over the provider's {at}, p99 ms", level.first_token.p99 - level.direct.p50, most=25)
        yield _line(f"acknowledged {at}, p99 ms", level.ack.p99, most=10)
        yield from _streams(figures.levels)
    if figures.fast:
        yield _line(f"µs per token at {figures.fast.rate:.0f} tokens/s", micros(figures.fast, *PRODUCT), most=60)
    if figures.stops:
        yield _line("stop until the provider's request is cancelled, p99 ms", figures.stops.cancelled.p99, most=300)
    if figures.idle:
        yield _line("kB per idle socket", figures.idle.kilobytes_each, most=30)
        yield _line("connects/s", figures.idle.connects_per_second, least=800)


def _streams(levels: Sequence[StreamsResult]) -> Iterator[str]:
    yield _line("live streams per core of web, engine and Redis", streams_per_core(levels), least=LEAST_STREAMS)
    smooth = smooth_streams(levels)
    # Where every level was smooth, the highest one says nothing about the limit unless it is high enough.
    if smooth >= LEAST_STREAMS or smooth < max(level.streams for level in levels):
        yield _line(f"streams measured with a p99 gap under {GAP_LIMIT_MS:.0f} ms", smooth, least=LEAST_STREAMS)


def _line(what: str, figure: float, *, most: float | None = None, least: float | None = None) -> str:
    kept = figure <= most if most is not None else least is not None and figure >= least
    limit = f"≤ {most:,}" if most is not None else f"≥ {least:,}"
    return f"  {'kept  ' if kept else 'missed'} {figure:9,.1f}  {limit:>7}  {what}"
