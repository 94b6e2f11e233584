"""Turns the text of all running answers into events: numbers them, coalesces tokens, appends, checkpoints.

Leading edge: the first text of an answer leaves at once, then at most one event every 40 ms. One task flushes for all
answers of the engine: while a round trip is under way, whatever becomes ready waits for the next one, and text that is
not an answer's first waits up to 5 ms for company. Redis and the web processes then wake up for many tokens at once.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from uuid import UUID

from django.db import DatabaseError, InterfaceError
from redis.exceptions import RedisError

from chatbot.lib.db import in_db
from streaming import log, queue
from streaming.events import AnswerEvent, Token, encode
from streaming.queue import Checkpoint, Claim

logger = logging.getLogger(__name__)

COALESCE_SECONDS = 0.04
COMPANY_SECONDS = 0.005
CHECKPOINT_SECONDS = 2.0
CHECKPOINT_CHARACTERS = 4_096
RETRY_SECONDS = 0.2


class Stream:
    """One answer on its way out. `text` is what was published, `buffer` what waits for its event."""

    __slots__ = ("buffer", "checkpointed_length", "claim", "entries", "length", "name", "parts", "seq", "text_sent_at")

    def __init__(self, claim: Claim, seq: int) -> None:
        self.claim = claim
        self.name = str(claim.message_id)
        self.seq = seq
        self.buffer: list[str] = []
        self.parts: list[str] = []
        self.length = 0
        self.entries: list[log.Entry] = []
        self.text_sent_at = 0.0
        self.checkpointed_length = 0

    @property
    def message_id(self) -> UUID:
        """The answer."""
        return self.claim.message_id

    @property
    def text(self) -> str:
        """All text that has a number."""
        return "".join(self.parts)


class Publisher:
    """The one way out of an engine."""

    def __init__(self) -> None:
        self._open: set[Stream] = set()
        self._ready: dict[int, Stream] = {}
        self._wake = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._flushed_at = 0.0
        self._idle = asyncio.Event()
        self._idle.set()
        self._checkpoint_due = asyncio.Event()

    def open(self, claim: Claim) -> Stream:
        """Begins an answer. Its numbers go on from `seq`, which the caller may still raise."""
        stream = Stream(claim, claim.checkpoint_seq)
        self._open.add(stream)
        return stream

    def close(self, stream: Stream) -> None:
        """Ends an answer: what was handed over still goes out."""
        self._open.discard(stream)

    def drop(self, stream: Stream) -> None:
        """Ends an answer that belongs to another attempt now: what waits is not published."""
        self._open.discard(stream)
        stream.buffer.clear()
        stream.entries.clear()

    def add(self, stream: Stream, text: str) -> None:
        """Text from the provider. It leaves now, or together with what comes within 40 ms."""
        first = not stream.buffer
        stream.buffer.append(text)
        if not stream.text_sent_at:
            self._mark(stream)
        elif first:
            wait = stream.text_sent_at + COALESCE_SECONDS - time.monotonic()
            if wait <= 0:
                self._mark_soon(stream)
            else:
                asyncio.get_running_loop().call_later(wait, self._mark_soon, stream)

    def emit(self, stream: Stream, event: Callable[..., AnswerEvent], **fields: object) -> None:
        """An event that is not text, after all text so far."""
        self.seal(stream)
        stream.seq += 1
        payload = encode(event(message_id=stream.name, seq=stream.seq, **fields))
        stream.entries.append(log.Entry(stream.seq, payload))
        self._mark(stream)

    def seal(self, stream: Stream) -> None:
        """Gives the waiting text its number."""
        if not stream.buffer:
            return
        text = "".join(stream.buffer)
        stream.buffer.clear()
        stream.text_sent_at = time.monotonic()
        stream.parts.append(text)
        stream.length += len(text)
        stream.seq += 1
        token = Token(message_id=stream.name, seq=stream.seq, content=text)
        stream.entries.append(log.Entry(stream.seq, encode(token)))

    def flush(self, stream: Stream) -> None:
        """Sends the waiting text now."""
        self.seal(stream)
        self._mark(stream)

    def _mark(self, stream: Stream) -> None:
        self._ready[id(stream)] = stream
        self._idle.clear()
        self._wake.set()

    def _mark_soon(self, stream: Stream) -> None:
        self._ready[id(stream)] = stream
        self._idle.clear()
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_at(self._flushed_at + COMPANY_SECONDS, self._wake.set)

    async def drained(self) -> None:
        """Waits until everything that was handed over is in the log."""
        await self._idle.wait()

    async def run(self) -> None:
        """Flushes until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            self._flushed_at = asyncio.get_running_loop().time()
            streams = list(self._ready.values())
            self._ready.clear()
            await self._flush(streams)
            if not self._ready:
                self._idle.set()

    async def _flush(self, streams: list[Stream]) -> None:
        batch: list[tuple[UUID, log.Entry]] = []
        for stream in streams:
            self.seal(stream)
            batch += [(stream.message_id, entry) for entry in stream.entries]
            stream.entries.clear()
        while batch:
            try:
                await log.append(batch)
                break
            except (RedisError, OSError) as error:
                # Order matters more than speed: nothing later goes out before this batch is in.
                logger.warning("log not reached", extra={"error": str(error), "events": len(batch)})
                await asyncio.sleep(RETRY_SECONDS)
        if any(stream.length - stream.checkpointed_length >= CHECKPOINT_CHARACTERS for stream in streams):
            self._checkpoint_due.set()

    async def checkpoint_regularly(self) -> None:
        """Keeps the text of all open answers that have grown, every 2 s or 4 KiB, in one write, until cancelled."""
        while True:
            try:
                async with asyncio.timeout(CHECKPOINT_SECONDS):
                    await self._checkpoint_due.wait()
            except TimeoutError:
                pass
            self._checkpoint_due.clear()
            await self._checkpoint([stream for stream in self._open if stream.length > stream.checkpointed_length])

    async def _checkpoint(self, grown: list[Stream]) -> None:
        if not grown:
            return
        lengths = [stream.length for stream in grown]
        try:
            await in_db(queue.checkpoint, [Checkpoint(stream.claim, stream.text, stream.seq) for stream in grown])
        except (DatabaseError, InterfaceError):  # the next checkpoint, or the end, writes it
            logger.exception("checkpoint failed")
            return
        for stream, length in zip(grown, lengths, strict=True):
            stream.checkpointed_length = length
