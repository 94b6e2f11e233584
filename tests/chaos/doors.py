"""The four doors that take a message, as a client goes through them. Each gives `accepted`, or the error."""

import json
from typing import Any

import aiohttp

Body = dict[str, Any]


async def by_socket(client: aiohttp.ClientSession, base: str, body: Body) -> Body:
    """`message.send` on a socket of its own."""
    async with client.ws_connect(f"{base}/ws/chat/".replace("http", "ws", 1)) as socket:
        await socket.send_json({"type": "message.send", **body})
        while True:
            frame: Body = await socket.receive_json()
            if frame["type"] in {"accepted", "error"}:
                return frame


async def by_rest(client: aiohttp.ClientSession, base: str, body: Body) -> Body:
    """`POST conversations/{id}/messages/`."""
    rest = {name: value for name, value in body.items() if name != "conversation_id"}
    async with client.post(f"{base}/api/v1/conversations/{body['conversation_id']}/messages/", json=rest) as response:
        answer: Body = await response.json()
        return dict(answer.get("error", answer))


async def by_sse(client: aiohttp.ClientSession, base: str, body: Body) -> Body:
    """`POST chat/stream/`, left after its first event."""
    async with client.post(f"{base}/api/v1/chat/stream/", json=body) as response:
        if response.content_type != "text/event-stream":
            return dict((await response.json())["error"])
        async for line in response.content:
            if line.startswith(b"data: "):
                return dict(json.loads(line[6:]))
    raise AssertionError("the stream ended without an event")


async def by_batch(client: aiohttp.ClientSession, base: str, body: Body) -> Body:
    """`POST chat/batch/` with this message alone."""
    async with client.post(f"{base}/api/v1/chat/batch/", json={"messages": [body]}) as response:
        (result,) = (await response.json())["results"]
        return dict(result.get("error", result))


DOORS = (by_socket, by_rest, by_sse, by_batch)
