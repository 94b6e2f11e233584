"""Cuts a long JSON array into its elements without reading it whole: what is wrong inside of one harms no other."""

import re
from collections.abc import Iterable, Iterator

# The inside of a string up to its end, and what stands between brackets, whole strings included. Possessive: there is
# no way back, and therefore nothing to remember.
_TEXT = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_BETWEEN = re.compile(rb'(?:[^"\[\]{}]++|"' + _TEXT.pattern + rb'")*+', re.DOTALL)
_OPEN, _CLOSE = b"[{", b"]}"


class CutShort(Exception):
    """The file ends before its array does."""


class TooDeep(Exception):
    """Something in the file is nested more deeply than anything that we know."""


def split_array(chunks: Iterable[bytes], *, most_bytes: int, most_depth: int) -> Iterator[bytes | None]:
    """The objects and arrays in the outermost array, one after the other; None for one of more than `most_bytes`.

    Raises CutShort and TooDeep. What stands around the array, and plain values in it, are passed by.
    """
    scanner = _Scanner(most_bytes, most_depth)
    for chunk in chunks:
        yield from scanner.feed(chunk)
        if scanner.ended:
            return
    raise CutShort


class _Scanner:
    """Where the scan is: how deep, whether in a string, and the element so far."""

    def __init__(self, most_bytes: int, most_depth: int) -> None:
        self.ended = False
        self._most_bytes = most_bytes
        self._most_depth = most_depth
        self._depth = 0
        self._in_text = False
        self._rest = b""  # a backslash at the end of a chunk
        self._element = bytearray()
        self._too_large = False

    def feed(self, chunk: bytes) -> Iterator[bytes | None]:
        """The elements that end in `chunk`."""
        data = self._rest + chunk
        position = begin = 0  # of what belongs to the element that is open
        self._rest = b""
        while position < len(data):
            if self._in_text:
                position = self._pass_text(data, position)
                continue
            between = _BETWEEN.match(data, position)
            position = (between.end() if between else position) + 1
            sign = data[position - 1 : position]
            if sign == b'"':
                self._in_text = True
            elif sign and sign in _OPEN:
                if self._depth == 1:
                    begin = position - 1
                self._go_down()
            elif sign:
                self._depth -= 1
                if self._depth == 1:
                    yield self._take(data[begin:position])
                elif self._depth <= 0:
                    self.ended = True
                    return
        if self._depth > 1:
            self._keep(data[begin : len(data) - len(self._rest)])

    def _pass_text(self, data: bytes, position: int) -> int:
        """Goes on to the end of the string, or of the data."""
        match = _TEXT.match(data, position)
        end = match.end() if match else position
        if end == len(data):
            return end
        if data[end] == ord('"'):
            self._in_text = False
            return end + 1
        self._rest = data[end:]
        return len(data)

    def _go_down(self) -> None:
        self._depth += 1
        if self._depth > self._most_depth:
            raise TooDeep

    def _keep(self, piece: bytes) -> None:
        if len(self._element) + len(piece) > self._most_bytes:
            self._too_large = True
            self._element.clear()
        if not self._too_large:
            self._element += piece

    def _take(self, piece: bytes) -> bytes | None:
        self._keep(piece)
        element = None if self._too_large else bytes(self._element)
        self._element.clear()
        self._too_large = False
        return element
