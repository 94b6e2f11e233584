"""Who waits for an answer: a stream of lines, or one response with all of it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from chatbot.lib import metrics
from chatbot.lib.errors import AppError
from streaming.llm.errors import LLMError
from streaming.llm.relay import Chunk
from streaming.llm.types import Target
from streaming.openai_api import wire
from streaming.openai_api.errors import as_api_error

# Bytes that may wait for a slow client before the provider has to wait.
FULL_BYTES = 64 * 1024


class StreamReader:
    """The lines of a streamed answer. Lines that come together leave together."""

    wants_whole = False

    def __init__(self, completion_id: UUID, *, created: int, include_usage: bool) -> None:
        loop = asyncio.get_running_loop()
        self._id = completion_id
        self._created = created
        self._include_usage = include_usage
        self._opened: asyncio.Future[None] = loop.create_future()
        self._news, self._room = asyncio.Event(), asyncio.Event()
        self._lines: list[bytes] = []
        self._size = 0
        self._over = self._quiet = False
        self._writer: wire.ChunkWriter | None = None

    async def opened(self) -> None:
        """Returns when the model has said its first; raises what went wrong when it never does."""
        await self._opened

    async def lines(self) -> AsyncIterator[bytes]:
        """The lines until the end."""
        while True:
            await self._news.wait()
            self._news.clear()
            data, self._lines, self._size = b"".join(self._lines), [], 0
            self._room.set()
            if data:
                yield data
            if self._over and not self._lines:
                return

    @property
    def full(self) -> bool:
        """Whether the client is behind."""
        return self._size > FULL_BYTES

    async def drained(self) -> None:
        """Returns when it has caught up."""
        self._room.clear()
        await self._room.wait()

    def began(self, target: Target) -> None:
        """`target` answers."""
        self._writer = wire.ChunkWriter(
            self._id, created=self._created, model=target.language_model, include_usage=self._include_usage
        )
        if not self._opened.done():
            self._opened.set_result(None)

    def hear(self, chunk: Chunk) -> None:
        """The next chunk."""
        if self._writer is not None:
            self._put(self._writer.line(chunk))

    def idle(self) -> None:
        """Keeps a silent connection alive."""
        if self._quiet and self._writer is not None:
            self._put(wire.KEEP_ALIVE)
        self._quiet = True

    def ended(self, usage: dict[str, Any], choice: dict[str, Any] | None) -> None:
        """The answer is whole."""
        self._over = True
        if self._writer is not None:
            self._put((self._writer.usage(usage) if self._include_usage else b"") + wire.DONE)

    def failed(self, error: LLMError | AppError) -> None:
        """There will be no more of it: an error takes the place of the rest."""
        if self._writer is None:
            _refuse(self._opened, error)
            return
        told = as_api_error(error)
        metrics.ERRORS.labels(told.label).inc()
        self._over = True
        self._put(b"data: %b\n\n" % told.body())

    def _put(self, line: bytes) -> None:
        self._quiet = False
        self._lines.append(line)
        self._size += len(line)
        self._news.set()


class WholeReader:
    """One response with the whole answer."""

    wants_whole = True
    full = False

    def __init__(self, completion_id: UUID, *, created: int) -> None:
        self._id = completion_id
        self._created = created
        self._body: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._model = ""
        self._last: Chunk | None = None

    async def body(self) -> bytes:
        """The completion; raises what went wrong."""
        return await self._body

    async def drained(self) -> None:
        """It takes everything."""

    def began(self, target: Target) -> None:
        """`target` answers."""
        self._model = target.language_model

    def hear(self, chunk: Chunk) -> None:
        """The next chunk."""
        self._last = chunk

    def idle(self) -> None:
        """Nobody can be told."""

    def ended(self, usage: dict[str, Any], choice: dict[str, Any] | None) -> None:
        """The answer is whole."""
        if choice is not None and self._last is not None and not self._body.done():
            self._body.set_result(
                wire.completion(
                    self._id,
                    created=self._created,
                    model=self._model,
                    choice=choice,
                    usage=usage,
                    last=self._last,
                )
            )

    def failed(self, error: LLMError | AppError) -> None:
        """There is no answer."""
        _refuse(self._body, error)


def _refuse(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
        # Whoever waited may have gone: then nobody is to complain that it was never heard.
        future.exception()
