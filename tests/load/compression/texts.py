"""Messages as long as those of a chat, cut from real text: of a file or folder, or of this project's own files."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from chatbot.dev.model import ROOT

WRITTEN = {".md", ".txt", ".py", ".js", ".mjs", ".css", ".html", ".csv"}
OWN = ("README.md", "docker", "chatbot", "conversations", "moderation", "streaming", "static/src", "templates")
# Median characters of what users write and of what models write, and how far they spread (log-normal).
PROMPT, ANSWER, SPREAD = 200, 1_500, 0.9
LONGEST = 60_000


def read_text(path: Path | None) -> str:
    """All text under `path`: of JSON every string, of other written files the whole."""
    roots = [path] if path else [ROOT / name for name in OWN]
    return "\n\n".join(text for root in roots for file in _files(root) for text in _texts(file))


def messages(text: str, count: int) -> list[str]:
    """So many messages, a prompt and an answer by turns, the same each time; fewer when the text ends before. Nothing
    of it is used twice: an archive would be too good.
    """
    made: list[str] = []
    random, start = Random(5), 0
    while len(made) < count and start < len(text):
        median = ANSWER if len(made) % 2 else PROMPT
        length = min(LONGEST, max(5, round(random.lognormvariate(math.log(median), SPREAD))))
        made.append(text[start : start + length].strip() or "Hello")
        start += length
    return made


def _files(root: Path) -> Iterator[Path]:
    files = [root] if root.is_file() else sorted(root.rglob("*"))
    return (file for file in files if file.is_file() and file.suffix in WRITTEN | {".json", ".jsonl"})


def _texts(file: Path) -> Iterator[str]:
    whole = file.read_text(encoding="utf-8", errors="ignore").replace("\0", "")
    if file.suffix in WRITTEN:
        yield whole
        return
    for document in whole.splitlines() if file.suffix == ".jsonl" else [whole]:
        yield from _strings(json.loads(document) if document.strip() else None)


def _strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value.encode(errors="ignore").decode().replace("\0", "")
        case list():
            for item in value:
                yield from _strings(item)
        case dict():
            for item in value.values():
                yield from _strings(item)
