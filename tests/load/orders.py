"""What the bench orders of its generator process, and what comes back: one JSON object each way."""

import msgspec

CONNECTS_AT_ONCE = 64


class Spread(msgspec.Struct):
    """The middle and the slow end of many times, in milliseconds."""

    p50: float
    p99: float


class Order(msgspec.Struct, kw_only=True):
    """One measurement: `streams` answers, each on a socket of its own, or else `idle` sockets that say nothing.

    `stops` of the streams, no more than there are, are stopped one after another, and nothing else is measured.
    """

    port: int
    provider_port: int
    proofs: list[str]
    """What clients show, one after another; see `people`."""
    pids: dict[str, list[int]]
    streams: int = 0
    rate: float = 20
    """Tokens per second of each stream."""
    seconds: float = 6
    """Length of the steady window."""
    sends_per_second: float = 25
    """How fast the streams begin."""
    idle: int = 0
    proof: str = "key"
    """The kind of the proofs."""
    stops: int = 0


class StreamsResult(msgspec.Struct, kw_only=True):
    """What the streams of one order gave, measured over the steady window."""

    streams: int
    rate: float
    seconds: float
    tokens: int
    complete: int
    """Streams whose every event came once, in order, up to `completed` with the whole text."""
    trouble: list[str]
    cpu: dict[str, float]
    """Seconds of processor time by process, and of the `machine` as a whole."""
    megabytes: dict[str, float]
    gap: Spread
    """Between two token frames of one stream."""
    first_token: Spread
    """From the send to the first token frame."""
    direct: Spread
    """The same from the provider, asked directly."""
    ack: Spread
    """From the send to `accepted`."""


class StopsResult(msgspec.Struct, kw_only=True):
    """How long stops took, counted from the client's frame."""

    stops: int
    told: Spread
    """Until the client was told `done`."""
    cancelled: Spread
    """Until the provider had lost the request."""


class IdleResult(msgspec.Struct, kw_only=True):
    """What idle sockets cost."""

    sockets: int
    proof: str
    connects_per_second: float
    connect: Spread
    """From connecting to `ready`."""
    kilobytes_each: float
    cpu_ms_each: float
    """Processor time of the web process for one connect."""


def spread_of(seconds: list[float]) -> Spread:
    """The spread of some times in seconds; zero when there are none."""
    if not seconds:
        return Spread(0, 0)
    ordered = sorted(seconds)
    return Spread(1000 * ordered[len(ordered) // 2], 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))])
