"""What a bench of history finds out."""

import msgspec


class Spread(msgspec.Struct):
    """Milliseconds."""

    p50: float
    p99: float


class Answer(msgspec.Struct):
    """How a question was answered: by the live server, and in SQL alone. `statements`, `ways` and `partitions` are
    those of one request.
    """

    name: str
    api: Spread
    sql: Spread
    statements: int
    ways: list[str]
    partitions: list[str]
    failures: list[str]


class Findings(msgspec.Struct):
    """All about a history of so many messages."""

    messages: int
    seconds_to_learn: float
    words: int
    megabytes: dict[str, float]
    # Of the whole machine while it was asked. One question at a time uses about one: more is somebody else's work.
    cores: float
    answers: list[Answer]


def spread(milliseconds: list[float]) -> Spread:
    """Of at least one measurement."""
    ordered = sorted(milliseconds)
    return Spread(ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))])
