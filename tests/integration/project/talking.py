"""Speaks to the WebSocket within the one world of a test: all of it runs on the loop of `async_to_sync`, and what it
asks of the database on the connection of the test.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client

from chatbot.asgi import application

Frame = dict[str, Any]


def handshake_of(client: Client) -> list[tuple[bytes, bytes]]:
    """The headers with which a client of pages and doors opens a socket."""
    headers = [(b"host", b"localhost"), (b"origin", b"http://localhost")]
    if authorization := client.defaults.get("HTTP_AUTHORIZATION"):
        headers.append((b"authorization", str(authorization).encode()))
    if session := client.cookies.get(settings.SESSION_COOKIE_NAME):
        headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={session.value}".encode()))
    return headers


class Talk:
    """An open socket, or one that was refused: then `refusal` is the reason."""

    def __init__(self, socket: WebsocketCommunicator) -> None:
        self._socket = socket
        self.refusal: str | None = None

    async def open(self) -> None:
        """Connects and reads the first frame."""
        connected, _ = await self._socket.connect()
        assert connected
        first = await self._socket.receive_output(30)
        if first["type"] == "websocket.close":
            assert first["code"] == 1008
            self.refusal = first["reason"]
        else:
            assert json.loads(first["text"])["type"] == "ready"

    async def ask(self, frame: str) -> list[Frame]:
        """What comes before the answer to the ping that is sent behind the frame, without the news of conversations."""
        for text in (frame, '{"type":"ping"}'):
            await self._socket.send_input({"type": "websocket.receive", "text": text})
        frames: list[Frame] = []
        while True:
            output = await self._socket.receive_output(30)
            if output["type"] == "websocket.close":
                return [*frames, {"type": "closed", **output}]
            heard = json.loads(output["text"])
            if heard["type"] == "pong":
                return frames
            if not heard["type"].startswith("conversation."):
                frames.append(heard)

    async def hear(self) -> Frame:
        """The next frame."""
        heard: Frame = json.loads((await self._socket.receive_output(30))["text"])
        return heard


@asynccontextmanager
async def talk(client: Client) -> AsyncIterator[Talk]:
    """A socket that a client opens."""
    socket = WebsocketCommunicator(application, "/ws/chat/", headers=handshake_of(client))
    talking = Talk(socket)
    await talking.open()
    try:
        yield talking
    finally:
        await socket.disconnect()
