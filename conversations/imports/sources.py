"""Finds the conversations in an uploaded file, one at a time."""

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import IO

from conversations.imports import limits
from conversations.imports.drafts import Refused
from conversations.imports.split import CutShort, TooDeep, split_array
from conversations.imports.zips import CHUNK, Archive

CUT_SHORT = "The file ends too early."
TOO_DEEP = "The file is nested too deeply to be an export."
NO_EXPORT = "This is neither an export of ours nor one of ChatGPT."

# Our own, a file each, and ChatGPT's; what macOS adds is neither.
_SINGLE = re.compile(r"(.*/)?conversations/[^/]+\.json")
_ARRAY = re.compile(r"(.*/)?conversations(?:-\d{1,6})?\.json")
_ADDED = "__MACOSX/"


@dataclass(slots=True)
class Item:
    """A conversation as JSON, not read yet: `load` gives its bytes, None when it is too large, and raises Refused.
    `folder` is where the archive keeps the files that it names.
    """

    label: str
    load: Callable[[], bytes | None]
    archive: Archive | None = None
    folder: str = ""


def items_in(file: IO[bytes]) -> Iterator[Item]:
    """The conversations of a file, as they come. Raises Refused when it is no export at all."""
    file.seek(0)
    begin = file.read(CHUNK)
    if begin.startswith(b"PK"):
        yield from _in_archive(Archive(file))
        return
    sign = begin.removeprefix(codecs.BOM_UTF8).lstrip()[:1]
    file.seek(0)
    if sign == b"[":
        yield from _in_array("", iter(lambda: file.read(CHUNK), b""))
    elif sign == b"{":
        yield Item("", partial(_whole, iter(lambda: file.read(CHUNK), b"")))
    else:
        raise Refused(NO_EXPORT)


def _in_archive(archive: Archive) -> Iterator[Item]:
    names = [name for name in archive.names() if not name.startswith(_ADDED)]
    found = [name for name in names if _SINGLE.fullmatch(name) or _ARRAY.fullmatch(name)]
    if not found:
        raise Refused(NO_EXPORT)
    for name in found:
        if _ARRAY.fullmatch(name):
            yield from _in_array(name, archive.chunks(name))
        else:
            folder = name[: name.rindex("conversations/")]
            yield Item(name, partial(_whole, archive.chunks(name)), archive, folder)


def _in_array(name: str, chunks: Iterator[bytes]) -> Iterator[Item]:
    pieces = split_array(chunks, most_bytes=limits.CONVERSATION_BYTES, most_depth=limits.DEPTH)
    number = 0
    try:
        for number, body in enumerate(pieces, start=1):
            yield Item(f"{name} {number}".strip(), partial(_same, body))
    except CutShort:
        trouble = CUT_SHORT
    except TooDeep:
        trouble = TOO_DEEP
    except Refused as error:
        trouble = str(error)
    else:
        return
    yield Item(f"{name} {number + 1}".strip(), partial(_refuse, trouble))


def _whole(chunks: Iterator[bytes]) -> bytes | None:
    """All of it; None when it is too large."""
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > limits.CONVERSATION_BYTES:
            return None
    return bytes(body)


def _same(body: bytes | None) -> bytes | None:
    return body


def _refuse(trouble: str) -> bytes | None:
    raise Refused(trouble)
