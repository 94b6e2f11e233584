"""A client of the SSE doors that keeps the contract: it sends by POST, and goes on by GET with Last-Event-ID."""

import asyncio
import json
import socket
from typing import Any

import aiohttp

from tests.chaos.client import RECONNECT, Place, Talk, View
from tests.chaos.proxy import narrow

# Seconds: the door says something at least every 5 while it lives.
TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=3, sock_read=8)
REFUSED = 400


class Refused(Exception):
    """The product answered with an error."""

    def __init__(self, status: int, error: dict[str, Any]) -> None:
        self.retry_after = error.get("retry_after")
        super().__init__(f"{status} {error.get('code')}")


class SseTab:
    """One request at a time, through the whole talk."""

    def __init__(self, name: str, talk: Talk, place: Place) -> None:
        self.name = name
        self._talk = talk
        self._place = place
        self._views: dict[str, View] = {}
        self._connection = 0
        self._paused = not talk.chat.pause_seconds

    @property
    def finished(self) -> bool:
        """Whether every answer was seen to its end."""
        return self._talk.over

    async def run(self) -> None:
        """Talks until everything is said and seen."""
        connector = aiohttp.TCPConnector(force_close=True, socket_factory=self._socket)
        async with aiohttp.ClientSession(
            headers=self._place.headers, timeout=TIMEOUT, connector=connector, read_bufsize=4_096
        ) as session:
            while not self.finished:
                self._connection += 1
                turn = self._talk.turn
                pause = self._place.rng.uniform(*RECONNECT)
                try:
                    await self._request(session)
                except Refused as error:
                    pause = self._place.pause(error.retry_after)
                    self._note("refused", error=str(error))
                except (OSError, aiohttp.ClientError, TimeoutError) as error:
                    self._note("lost", error=f"{type(error).__name__}: {error}"[:200])
                if self._talk.turn is turn and not self.finished:
                    await asyncio.sleep(pause)
                    self._place.other_web()

    def _socket(self, address: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, _ = address
        sock = socket.socket(family, kind, protocol)
        if self._talk.chat.pause_seconds:
            narrow(sock)
        return sock

    def _note(self, what: str, **fields: Any) -> None:
        self._place.records.add(what, tab=self.name, connection=self._connection, **fields)

    async def _request(self, session: aiohttp.ClientSession) -> None:
        turn, answer = self._talk.turn, self._talk.answer
        assert turn is not None
        base = f"http://127.0.0.1:{self._place.port}/api/v1"
        self._note("open", web=self._place.web % 2)
        if answer is None:
            self._note("send", client_message_id=turn.client_message_id)
            request = session.post(f"{base}/chat/stream/", json=self._talk.body(turn))
        else:
            view = self._views[answer]
            self._note("follow", message_id=answer, after_seq=view.seq)
            if turn.stop_after is not None and view.events >= turn.stop_after:
                await self._stop(session, answer)
            last = {"Last-Event-ID": str(view.seq)}
            request = session.get(f"{base}/messages/{answer}/events/", headers=last)
        async with request as response:
            if response.status >= REFUSED:
                raise Refused(response.status, await _error_of(response))
            await self._read(session, response)

    async def _stop(self, session: aiohttp.ClientSession, message_id: str) -> None:
        self._note("stop", message_id=message_id)
        url = f"http://127.0.0.1:{self._place.port}/api/v1/messages/{message_id}/stop/"
        async with session.post(url) as response:
            if response.status >= REFUSED:
                raise Refused(response.status, await _error_of(response))

    async def _read(self, session: aiohttp.ClientSession, response: aiohttp.ClientResponse) -> None:
        identity: str | None = None
        # An event may be longer than aiohttp's limit of a line.
        rest = b""
        async for data in response.content.iter_any():
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                if line.startswith(b"id: "):
                    identity = line[4:].decode()
                elif line.startswith(b"data: "):
                    frame = json.loads(line[6:])
                    self._note("frame", frame=frame, id=identity)
                    identity = None
                    if not await self._hear(frame):
                        return
                    if self._wants_stop(frame):
                        await self._stop(session, frame["message_id"])

    async def _hear(self, frame: dict[str, Any]) -> bool:
        """Whether to read on."""
        if frame["type"] == "accepted":
            message_id = self._talk.acknowledge(frame)
            self._views.setdefault(message_id, View(message_id))
            return True
        view = self._views.get(frame.get("message_id", ""))
        if view is None or "seq" not in frame:
            return True
        if not view.take(frame):
            self._note("gap", message_id=view.message_id, seq=view.seq)
            return False
        if view.done and view.message_id == self._talk.answer:
            self._talk.go_on()
            return False
        if not self._paused and view.events >= 3:
            self._paused = True
            self._note("pause")
            await asyncio.sleep(self._talk.chat.pause_seconds)
            self._note("resume")
        return True

    def _wants_stop(self, frame: dict[str, Any]) -> bool:
        turn, view = self._talk.turn, self._views.get(frame.get("message_id", ""))
        return turn is not None and view is not None and turn.stop_after == view.events


async def _error_of(response: aiohttp.ClientResponse) -> dict[str, Any]:
    try:
        return dict(json.loads(await response.read())["error"])
    except (ValueError, LookupError, TypeError):
        return {"code": "not of the contract's shape"}
