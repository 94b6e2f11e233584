"""What clients did and saw, in order, before any of it was sorted out. The checker reads this and the database only."""

import json
from collections.abc import Iterable
from pathlib import Path
from time import monotonic
from typing import Any

Record = dict[str, Any]


class Records:
    """The records of one run: `t` is seconds since its beginning, `what` is the kind of record."""

    def __init__(self) -> None:
        self.rows: list[Record] = []
        self._began = monotonic()

    def now(self) -> float:
        """Seconds since the beginning."""
        return monotonic() - self._began

    def add(self, what: str, **fields: Any) -> None:
        """Writes one down."""
        self.rows.append({"t": self.now(), "what": what, **fields})

    def save(self, path: Path, more: Iterable[Record] = ()) -> None:
        """Keeps them as JSON lines."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8") as file:
            for row in (*self.rows, *more):
                file.write(json.dumps(row, ensure_ascii=False) + "\n")


def load(path: Path) -> list[Record]:
    """Records that were kept."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
