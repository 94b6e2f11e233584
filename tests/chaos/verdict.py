"""What the checker found in a run."""

from dataclasses import dataclass, field
from typing import Any

Record = dict[str, Any]
Row = dict[str, Any]
COUNTS = ("lost", "duplicate", "reordered", "stuck", "failed")


@dataclass
class Verdict:
    """Sentences by kind of violation, and the figures of the run. `recovery` is in seconds."""

    found: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in COUNTS})
    messages: int = 0
    failed_visibly: int = 0
    recovery: float = 0.0

    def add(self, kind: str, sentence: str) -> None:
        """Notes a violation."""
        self.found[kind].append(sentence)

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not any(self.found.values())


def differ(one: str, other: str) -> str:
    """Where two texts part."""
    place = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    around = slice(max(0, place - 10), place + 30)
    return f"{len(one)} and {len(other)} characters, from {place}: {one[around]!r}, {other[around]!r}"
