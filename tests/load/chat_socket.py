"""A WebSocket client that costs little: the bench must not measure itself.

It speaks just what is needed: the handshake, whole text frames, pong and close. Its frames are
masked with the key zero, which leaves their bytes as they are.
"""

import asyncio
import base64
import os
from collections.abc import Callable
from typing import cast

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
FINAL = 0x80
NO_MASK = b"\0\0\0\0"
_HANDSHAKE = (
    "GET /ws/chat/{query} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {nonce}\r\n{header}\r\n"
)


class SocketClosed(Exception):
    """The server refused the handshake or closed the socket; the text says how."""


class ChatSocket(asyncio.Protocol):
    """One socket: hands each text frame to `on_text`, and the end to `on_closed`."""

    def __init__(self, host: str, port: int, proof: str) -> None:
        """`proof` is the query of the address when it begins with `?`, else header lines."""
        query, header = (proof, "") if proof.startswith("?") else ("", f"{proof}\r\n")
        nonce = base64.b64encode(os.urandom(16)).decode()
        self._request = _HANDSHAKE.format(host=host, port=port, nonce=nonce, query=query, header=header).encode()
        self._place = (host, port)
        self._rest = b""
        self._upgraded = False
        self._transport: asyncio.Transport | None = None
        self.on_text: Callable[[bytes], None] = lambda payload: None
        self.on_closed: Callable[[str], None] = lambda reason: None

    async def connect(self) -> None:
        """Connects; the handshake goes on by itself. Raises OSError."""
        await asyncio.get_running_loop().create_connection(lambda: self, *self._place)

    def send(self, payload: bytes) -> None:
        """Sends a text frame."""
        self._send(TEXT, payload)

    def close(self) -> None:
        """Drops the connection."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asks for the upgrade."""
        # uvloop's transports only look like asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Takes frames out of what has come."""
        if self._rest:
            data = self._rest + data
        if not self._upgraded:
            head, found, data = data.partition(b"\r\n\r\n")
            if not found:
                self._rest = head
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self._end(f"refused: {head[:40].decode('latin-1')}")
                return
            self._upgraded = True
        self._rest = self._take_frames(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tells the end."""
        self.on_closed("connection lost")

    def _take_frames(self, data: bytes) -> bytes:
        """Handles the whole frames and gives what is left."""
        at, end = 0, len(data)
        while end - at >= 2:
            length, start = data[at + 1], at + 2
            if length > 125:
                start += 2 if length == 126 else 8
                if end < start:
                    break
                length = int.from_bytes(data[at + 2 : start], "big")
            if end < start + length:
                break
            self._handle(data[at], data[start : start + length])
            at = start + length
        return data[at:]

    def _handle(self, head: int, payload: bytes) -> None:
        if head == FINAL | TEXT:
            self.on_text(payload)
        elif head == FINAL | PING:
            self._send(PONG, payload)
        elif head == FINAL | CLOSE:
            self._end(f"closed with {int.from_bytes(payload[:2], 'big')} {payload[2:].decode()}")
        else:
            self._end(f"unexpected frame {head:#x}")

    def _end(self, reason: str) -> None:
        self.on_closed(reason)
        self.close()

    def _send(self, kind: int, payload: bytes) -> None:
        size = len(payload)
        if size < 126:
            head = bytes((FINAL | kind, 0x80 | size))
        else:
            head = bytes((FINAL | kind, 0x80 | 126)) + size.to_bytes(2, "big")
        assert self._transport is not None
        self._transport.write(head + NO_MASK + payload)
