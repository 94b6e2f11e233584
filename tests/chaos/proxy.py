"""TCP links that fail on request: one for each process and dependency, so that a fault meets exactly one pair."""

import asyncio
import socket
import struct
from collections import deque
from contextlib import suppress
from enum import Enum
from typing import cast

# Bytes that wait in one direction before the sender is held back.
BUFFER_BYTES, NARROW_BYTES = 64 * 1024, 8 * 1024


class Mode(Enum):
    """What a link does with bytes and new connections."""

    PASS = "pass"
    CUT = "cut"  # resets what is open, refuses what is new
    HALF_OPEN = "half-open"  # stays open, takes new connections, and nothing arrives


def narrow(sock: socket.socket) -> None:
    """Keeps the system from taking in much that nobody reads."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, NARROW_BYTES)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, NARROW_BYTES)


class Link:
    """One port on 127.0.0.1 in front of one target. `delay` holds every piece back by so many seconds. A `narrow` link
    holds little itself, so that a reader who stops reading is felt at the other end.
    """

    def __init__(self, name: str, port: int, target_port: int, *, narrow: bool = False) -> None:
        self.name = name
        self.port = port
        self.target_port = target_port
        self.narrow = narrow
        self.mode = Mode.PASS
        self.delay = 0.0
        self.sides: set[Side] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listens."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Side(self), "127.0.0.1", self.port, reuse_address=True, backlog=1024
        )

    async def cut(self) -> None:
        """Resets every connection and refuses new ones until `heal`."""
        self.mode = Mode.CUT
        await self.close()

    def hold(self) -> None:
        """Lets nothing through while everything stays open, until `heal`."""
        self.mode = Mode.HALF_OPEN
        for side in self.sides:
            side.adjust()

    async def heal(self, *, late: bool = True) -> None:
        """Works again. What was held arrives late, as after a lost route; else its connections are reset, as by a
        firewall that forgot them.
        """
        held, self.mode, self.delay = self.mode is Mode.HALF_OPEN, Mode.PASS, 0.0
        if held and not late:
            self.reset()
        for side in self.sides:
            side.adjust()
        if self._server is None:
            await self.open()

    def reset(self) -> None:
        """Resets every open connection."""
        for side in list(self.sides):
            side.abort()

    async def close(self) -> None:
        """Resets every connection and listens no more."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.reset()


class Side(asyncio.Protocol):
    """One end of a connection through a link; `other` is the far end."""

    def __init__(self, link: Link, other: "Side | None" = None) -> None:
        self.link = link
        self.other = other
        self.transport: asyncio.Transport | None = None
        self._early: list[bytes] = []
        self.waiting: deque[bytes | None] = deque()
        self._due = 0.0
        self._blocked = False
        self._at_end = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connects onward, when this is the near end."""
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(high=NARROW_BYTES if self.link.narrow else BUFFER_BYTES)
        if self.link.narrow:
            narrow(self.transport.get_extra_info("socket"))
        if self.link.mode is Mode.CUT:
            self.abort()
            return
        self.link.sides.add(self)
        if self.other is None:
            self._connecting = asyncio.create_task(self._connect())
        else:
            self.other.other = self
            early, self.other._early = self.other._early, []
            for data in early:
                self.transport.write(data)
            if self.other._at_end:
                self._end()
        self.adjust()

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: Side(self.link, self), "127.0.0.1", self.link.target_port)
        except OSError:
            self.abort()

    def data_received(self, data: bytes) -> None:
        """Hands on, now or after the delay."""
        self._in_turn(data)

    def eof_received(self) -> bool:
        """Tells the far end, which may still have something to say."""
        self._in_turn(None)
        return True

    def _in_turn(self, data: bytes | None) -> None:
        """Hands on a piece, or the end (None), behind whatever still waits."""
        loop = asyncio.get_running_loop()
        if self.waiting or self.link.delay:
            self.waiting.append(data)
            last = self._due = max(self._due, loop.time() + self.link.delay)
            loop.call_at(last, self._hand_on_next)
        else:
            self._hand_on(data)

    def _hand_on_next(self) -> None:
        self._hand_on(self.waiting.popleft())

    def _hand_on(self, data: bytes | None) -> None:
        if data is None:
            self._at_end = True
            if self.other is not None:
                self.other._end()
        elif self.other is None or self.other.transport is None:
            self._early.append(data)
        elif not self.other.transport.is_closing():
            self.other.transport.write(data)

    def _end(self) -> None:
        if self.transport is not None and not self.transport.is_closing() and self.transport.can_write_eof():
            # The peer may have reset the connection a moment ago.
            with suppress(OSError):
                self.transport.write_eof()
        if self._at_end and self.transport is not None:
            self.transport.close()
            if self.other is not None and self.other.transport is not None:
                self.other.transport.close()

    def pause_writing(self) -> None:
        """The far end sends faster than this one reads."""
        if self.other is not None:
            self.other._blocked = True
            self.other.adjust()

    def resume_writing(self) -> None:
        """This end has caught up."""
        if self.other is not None:
            self.other._blocked = False
            self.other.adjust()

    def adjust(self) -> None:
        """Reads, or does not, as the link's mode and the far end want it."""
        if self.transport is None or self.transport.is_closing():
            return
        if self._blocked or self.link.mode is Mode.HALF_OPEN:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        """Ends the far end the same way."""
        self.link.sides.discard(self)
        if self.other is not None and self.other.transport is not None and not self.other.transport.is_closing():
            if error is None:
                self.other.transport.close()
            else:
                self.other.abort()

    def abort(self) -> None:
        """Resets the connection: the peer learns at once that it is gone."""
        if self.transport is None:
            return
        sock = self.transport.get_extra_info("socket")
        if sock is not None and not self.transport.is_closing():
            # Closing with a linger of nothing sends RST instead of FIN.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()
