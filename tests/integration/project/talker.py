"""Serves an application that talks: `python -m tests.integration.project.talker daphne|uvicorn`, on HOST:PORT.

`/flood` sends more than any buffer takes, `/wait` sends one part and waits. When the peer or the server goes away it
prints what the application saw: how it ended, and how many parts it had sent.
"""

import asyncio
import sys
from typing import Any

from chatbot.server import limits, on_daphne, on_uvicorn

PART = "x" * 16_384
PARTS = 4_000
SLOW_SECONDS = 1.0


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """One connection."""
    await receive()
    part: dict[str, Any]
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        part = {"type": "websocket.send", "text": PART}
    else:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        part = {"type": "http.response.body", "body": PART.encode(), "more_body": True}
    sent = 0

    async def talk() -> None:
        nonlocal sent
        for _ in range(PARTS if scope["path"] == "/flood" else 1):
            await send(part)
            sent += 1
            # Daphne drops what is sent to a lost peer without waiting: the news of the loss must find a turn.
            await asyncio.sleep(0)

    talking = asyncio.create_task(talk())
    ended = "cancelled"
    try:
        while (event := await receive())["type"] not in ("websocket.disconnect", "http.disconnect"):
            pass
        ended = f"disconnected-{event.get('code', 0)}"
    finally:
        talking.cancel()
        await asyncio.gather(talking, return_exceptions=True)
        print(ended, sent, flush=True)  # noqa: T201 - for the test


if __name__ == "__main__":
    limits.SLOW_SECONDS = SLOW_SECONDS
    {"daphne": on_daphne, "uvicorn": on_uvicorn}[sys.argv[1]].serve(application)
