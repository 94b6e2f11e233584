"""Reads the body of a streamed chat completion: lines, chunks, text, how it ended.

Chunk objects of the SDK cost 283 µs a token; this costs a few (performance.md).
"""

from collections.abc import Callable
from typing import Any

import msgspec

from streaming.llm.errors import Unavailable
from streaming.llm.types import Finish

MAX_LINE_BYTES = 4 << 20


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


class ChunkReader:
    """Takes the body piece by piece and hands the text to `on_text`. `ended` says that `[DONE]` was read."""

    def __init__(self, on_text: Callable[[str], None]) -> None:
        self._on_text = on_text
        self._rest = b""
        self._reason: str | None = None
        self._usage = _NO_USAGE
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
                spoke |= self._take(line[5:].strip())
        return spoke

    def finish(self) -> Finish:
        """How the stream ended; raises Unavailable when it was cut."""
        if self._rest:
            self.feed(b"\n")
        if self._reason is None:
            raise Unavailable("the stream was cut: it ended without a finish_reason")
        return Finish(self._reason, self._usage.prompt_tokens, self._usage.completion_tokens)

    def _take(self, data: bytes) -> bool:
        if data == b"[DONE]":
            self.ended = True
            return False
        try:
            chunk = _decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Unavailable("the stream holds a malformed chunk") from error
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
