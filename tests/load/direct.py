"""The provider asked directly, as the measure of what the product adds to the first token."""

import asyncio
import json
from time import perf_counter

_HEAD = (
    b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer bench\r\n"
    b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n"
)


class DirectCaller:
    """One warm connection to the provider, asked again and again."""

    def __init__(self, port: int, rate: float) -> None:
        message = {"role": "user", "content": f"[[fake: rate={rate:g} tokens=1]]"}
        body = json.dumps({"model": "fake-1", "stream": True, "messages": [message]}).encode()
        self._request = _HEAD % len(body) + body
        self._port = port
        self.first_tokens: list[float] = []

    async def run(self, pause: float) -> None:
        """Asks until cancelled, with `pause` seconds between two calls, and keeps the seconds to each first token."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            while True:
                started = perf_counter()
                writer.write(self._request)
                await reader.readuntil(b'"content": "word1"')
                self.first_tokens.append(perf_counter() - started)
                # The chunk of length zero ends the answer.
                await reader.readuntil(b"\r\n0\r\n\r\n")
                await asyncio.sleep(pause)
        finally:
            writer.close()
