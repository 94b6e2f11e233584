"""Data that lies beside the project, not in it."""

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data"


def rows(name: str) -> list[dict[str, Any]]:
    """The rows of a JSON-lines file; skips the test where the file is missing."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"../shared/data/{name} is not here")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
