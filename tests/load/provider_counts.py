"""How many requests the scripted provider has seen cancelled, asked again and again on one warm connection."""

import asyncio
from time import perf_counter
from types import TracebackType
from typing import Self

import msgspec

_REQUEST = b"GET /counts HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
PATIENCE_SECONDS = 10.0


class _Counts(msgspec.Struct):
    cancelled: int


class ProviderCounts:
    """Use it in an `async with`."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    async def cancelled(self) -> int:
        """The number so far."""
        self._writer.write(_REQUEST)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        body = await self._reader.readexactly(int(length.partition(b":")[2]))
        return msgspec.json.decode(body, type=_Counts).cancelled

    async def until_cancelled(self, number: int) -> float:
        """The moment, on the clock `perf_counter`, at which so many were seen. Raises TimeoutError."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await self.cancelled() < number:
                pass
        return perf_counter()
