"""The baseline: a plain program on the openai SDK that reads N streams of the provider, chunk objects and all.

`python -m tests.load.baseline PORT STREAMS RATE SECONDS` writes what a token cost it.
"""

import asyncio
import sys
import time

import msgspec
from openai import AsyncOpenAI

SENDS_PER_SECOND = 50.0
SETTLE_SECONDS = 1.0


class BaselineResult(msgspec.Struct):
    """Tokens read in the window, and this process's seconds of processor time for them."""

    streams: int
    tokens: int
    cpu: float


class Reader:
    """Reads streams and counts their tokens."""

    def __init__(self, port: int, rate: float) -> None:
        self._client = AsyncOpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="bench", max_retries=0)
        self._rate = rate
        self.tokens = 0

    async def read(self, delay: float, lasts: float) -> None:
        """Waits `delay` seconds, then reads an answer that lasts so many seconds."""
        await asyncio.sleep(delay)
        order = f"[[fake: rate={self._rate:g} tokens={int(lasts * self._rate)}]]"
        chunks = await self._client.chat.completions.create(
            model="fake-1", messages=[{"role": "user", "content": order}], stream=True
        )
        async for chunk in chunks:
            if chunk.choices and chunk.choices[0].delta.content:
                self.tokens += 1


async def measure(port: int, streams: int, rate: float, seconds: float) -> BaselineResult:
    """Reads so many streams and measures while all are live."""
    reader, ramp = Reader(port, rate), streams / SENDS_PER_SECOND
    delays = [number / SENDS_PER_SECOND for number in range(streams)]
    tasks = [asyncio.create_task(reader.read(delay, ramp - delay + 3 * SETTLE_SECONDS + seconds)) for delay in delays]
    await asyncio.sleep(ramp + SETTLE_SECONDS)
    tokens, cpu = reader.tokens, time.process_time()
    await asyncio.sleep(seconds)
    result = BaselineResult(streams, reader.tokens - tokens, time.process_time() - cpu)
    await asyncio.gather(*tasks)
    return result


def main(port: str, streams: str, rate: str, seconds: str) -> None:
    result = asyncio.run(measure(int(port), int(streams), float(rate), float(seconds)))
    sys.stdout.buffer.write(msgspec.json.encode(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
