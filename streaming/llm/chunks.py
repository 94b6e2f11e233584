"""Reads the body of a streamed chat completion: lines, chunks, text, how it ended.

Chunk objects of the SDK cost 283 µs a token; this costs a few (performance.md).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import msgspec

from streaming.llm.errors import Unavailable
from streaming.llm.types import Finish

MAX_LINE_BYTES = 4 << 20
CUT = "the stream was cut: it ended without a finish_reason"
MALFORMED = "the stream holds a malformed chunk"


class _Delta(msgspec.Struct):
    content: str | None = None
    reasoning_content: str | None = None


class _Choice(msgspec.Struct):
    delta: _Delta | None = None
    finish_reason: str | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Chunk(msgspec.Struct):
    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    error: Any = None


_decode = msgspec.json.Decoder(_Chunk).decode
_NO_USAGE = _Usage()


class StreamReader(ABC):
    """Takes the body piece by piece. `ended` says that `[DONE]` was read."""

    def __init__(self) -> None:
        self._rest = b""
        self.ended = False

    def feed(self, data: bytes) -> bool:
        """Reads the whole lines there are now; gives whether the model said something.

        Raises Unavailable for what is no chunk, and for errors reported in the stream.
        """
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > MAX_LINE_BYTES:
            raise Unavailable("the stream holds an endless line")
        spoke = False
        for line in lines:
            if line.startswith(b"data:") and not self.ended:
                chunk = line[5:].strip()
                if chunk == b"[DONE]":
                    self.ended = True
                else:
                    spoke |= self.take(chunk)
        return spoke

    def read_rest(self) -> None:
        """Reads the last line where no line end follows it."""
        if self._rest:
            self.feed(b"\n")

    @abstractmethod
    def take(self, data: bytes) -> bool:
        """Reads one chunk; gives whether the model said something in it."""


class ChunkReader(StreamReader):
    """Hands the text to `on_text`, and keeps nothing else but how the stream ended."""

    def __init__(self, on_text: Callable[[str], None]) -> None:
        super().__init__()
        self._on_text = on_text
        self._reason: str | None = None
        self._usage = _NO_USAGE

    def finish(self) -> Finish:
        """How the stream ended; raises Unavailable when it was cut."""
        self.read_rest()
        if self._reason is None:
            raise Unavailable(CUT)
        return Finish(self._reason, self._usage.prompt_tokens, self._usage.completion_tokens)

    def take(self, data: bytes) -> bool:
        """Reads one chunk; gives whether the model said something in it."""
        try:
            chunk = _decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Unavailable(MALFORMED) from error
        if chunk.error is not None:
            raise Unavailable(f"the stream reports an error: {str(chunk.error)[:200]}")
        if chunk.usage is not None:
            self._usage = chunk.usage
        if not chunk.choices:
            return False
        choice = chunk.choices[0]
        self._reason = choice.finish_reason or self._reason
        delta = choice.delta
        if delta is None:
            return False
        if delta.content:
            # PostgreSQL stores every character but NUL.
            text = delta.content.replace("\x00", "")
            if text:
                self._on_text(text)
            return True
        return bool(delta.reasoning_content)
