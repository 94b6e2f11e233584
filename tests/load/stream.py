"""One answer as its reader sees it: sends the message, counts tokens, notes times, checks that nothing is missing."""

import asyncio
from time import perf_counter
from uuid import uuid4

import msgspec

from tests.load.chat_socket import ChatSocket

# The scripted provider's numbered words: one token each.
WORD = "word"


class Frame(msgspec.Struct):
    """What the bench reads of a frame."""

    type: str
    message_id: str = ""
    seq: int = 0
    content: str = ""
    status: str = ""
    code: str = ""


_decode = msgspec.json.Decoder(Frame).decode


class Meter:
    """Counts what comes in while it is open."""

    def __init__(self) -> None:
        self.open = False
        self.tokens = 0
        self.gaps: list[float] = []


class Stream:
    """One socket with one conversation and one answer. Times are those of the clock `perf_counter`."""

    def __init__(self, socket: ChatSocket, meter: Meter) -> None:
        loop = asyncio.get_running_loop()
        self._socket = socket
        self._meter = meter
        self._wanted = 0
        self._words = 0
        self._seq = 0
        self._last_at = 0.0
        self._answer = ""
        self._stopped = False
        self.sent_at = self.accepted_at = self.first_at = self.ended_at = 0.0
        self.trouble: str | None = None
        self.ready: asyncio.Future[None] = loop.create_future()
        self.began: asyncio.Future[None] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()
        socket.on_text = self._on_text
        socket.on_closed = self._fail

    async def connect(self) -> None:
        """Returns when the server says `ready`, or has refused."""
        await self._socket.connect()
        await self.ready

    def send(self, tokens: int, rate: float) -> None:
        """Asks for an answer of so many tokens."""
        self._wanted = tokens
        frame = {
            "type": "message.send",
            "client_message_id": str(uuid4()),
            "conversation_id": None,
            "content": f"[[fake: rate={rate:g} tokens={tokens}]]",
        }
        payload = msgspec.json.encode(frame)
        self.sent_at = perf_counter()
        self._socket.send(payload)

    def stop(self) -> None:
        """Asks for the end of the answer, which must be `stopped` from now on."""
        self._stopped = True
        self._socket.send(msgspec.json.encode({"type": "generation.stop", "message_id": self._answer}))

    def close(self) -> None:
        """Ends the socket."""
        self._socket.close()

    def _on_text(self, payload: bytes) -> None:
        now = perf_counter()
        frame = _decode(payload)
        if frame.seq:
            self._on_event(frame, now)
        elif frame.type == "accepted":
            self.accepted_at = now
        elif frame.type == "ready":
            self.ready.set_result(None)
        elif frame.type == "error":
            self._fail(f"error {frame.code}")

    def _on_event(self, frame: Frame, now: float) -> None:
        if frame.seq != self._seq + 1:
            self._fail(f"event {frame.seq} after {self._seq}")
        self._seq, self._answer = frame.seq, frame.message_id
        if frame.type == "token":
            self._on_token(frame.content.count(WORD), now)
        elif frame.type == "done":
            good = "stopped" if self._stopped else "completed"
            if frame.status != good or (self._words != self._wanted and not self._stopped):
                self._fail(f"{frame.status} with {self._words} of {self._wanted} tokens")
            self.ended_at = now
            _finish(self.ended)
        elif frame.type != "status":
            self._fail(f"an unexpected {frame.type}")

    def _on_token(self, words: int, now: float) -> None:
        self._words += words
        meter = self._meter
        if self.first_at == 0.0:
            self.first_at = now
            _finish(self.began)
        elif meter.open:
            meter.gaps.append(now - self._last_at)
        if meter.open:
            meter.tokens += words
        self._last_at = now

    def _fail(self, reason: str) -> None:
        if not self.ended.done():
            self.trouble = self.trouble or reason
        for future in (self.ready, self.began, self.ended):
            _finish(future)


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
