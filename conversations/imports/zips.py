"""Zips that strangers made: opened only when their list of contents is short, read only as far as they may go."""

import struct
import zlib
from collections.abc import Iterator
from typing import IO, Any, cast
from zipfile import BadZipFile, ZipFile

from conversations.imports import limits
from conversations.imports.drafts import Refused

UNREADABLE = "The zip cannot be read."
TOO_LARGE = "There is too much in the zip."
CHUNK = 256 * 1024

# What `zipfile` raises for damaged zips; NotImplementedError for a compression that it does not know.
_BROKEN = (BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, struct.error, zlib.error)


class _Bounded:
    """A file of which nobody reads much at a time: `zipfile` reads the list of contents in one go, whatever its size,
    and makes of it many times as much.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek = file.seek
        self.tell = file.tell
        self.size = file.seek(0, 2)

    def seekable(self) -> bool:
        """Yes."""
        return True

    def read(self, length: int = -1) -> bytes:
        """Raises Refused for more than DIRECTORY_BYTES."""
        left = max(0, self.size - self.tell())
        if (left if length < 0 else min(length, left)) > limits.DIRECTORY_BYTES:
            raise Refused(TOO_LARGE)
        return self._file.read(length)


class Archive:
    """A zip of which UNPACKED_BYTES are unpacked, and no more."""

    def __init__(self, file: IO[bytes]) -> None:
        """Raises Refused for what is no zip, or none that we open."""
        try:
            self._zip = ZipFile(cast(Any, _Bounded(file)))
        except _BROKEN as error:
            raise Refused(UNREADABLE) from error
        self._left = limits.UNPACKED_BYTES

    def names(self) -> list[str]:
        """The entries that are files, as they come."""
        return [entry.filename for entry in self._zip.infolist() if not entry.is_dir()]

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of an entry. Raises Refused when it is not there or cannot be read, or when that is too much."""
        try:
            with self._zip.open(name) as entry:
                while chunk := entry.read(CHUNK):
                    self._left -= len(chunk)
                    if self._left < 0:
                        raise Refused(TOO_LARGE)
                    yield chunk
        except (KeyError, *_BROKEN) as error:
            raise Refused(UNREADABLE) from error
