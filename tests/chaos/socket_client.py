"""A WebSocket client that keeps the contract: one tab, which sends or only watches."""

import asyncio
import json
import socket
from collections.abc import Callable
from time import monotonic
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.chaos.client import RECONNECT, Place, Talk, View
from tests.chaos.proxy import narrow

# Seconds without a frame until the client asks whether anybody is there, and until it gives the socket up.
PING_SECONDS, DEAD_SECONDS = 1.0, 2.5
# Seconds until a message that is neither accepted nor refused goes to the other web process.
UNANSWERED_SECONDS = 6.0
OPEN_SECONDS = 3.0


class SocketTab:
    """One socket at a time, through the whole talk. A watcher follows what the sender's tab is answered."""

    def __init__(self, name: str, talk: Talk, place: Place, *, sends: bool = True) -> None:
        self.name = name
        self._talk = talk
        self._place = place
        self._sends = sends
        self._views: dict[str, View] = {}
        self._followed: set[str] = set()
        self._due: list[tuple[float, Callable[[], Any]]] = []
        self._sent_at: float | None = None
        self._paused = not talk.chat.pause_seconds
        self._connection = 0
        self._socket: ClientConnection | None = None

    @property
    def finished(self) -> bool:
        """Whether the talk is over and every answer was seen to its end."""
        return self._talk.over and all(view.done for view in self._views.values()) and self._knows_all

    @property
    def _knows_all(self) -> bool:
        return set(self._talk.answers) <= set(self._views)

    async def run(self) -> None:
        """Talks until everything is said and seen."""
        while not self.finished:
            self._connection += 1
            try:
                await self._session()
            except (OSError, WebSocketException, TimeoutError) as error:
                self._note("lost", error=f"{type(error).__name__}: {error}"[:200])
            if not self.finished:
                await asyncio.sleep(self._place.rng.uniform(*RECONNECT))
                self._place.other_web()

    def _note(self, what: str, **fields: Any) -> None:
        self._place.records.add(what, tab=self.name, connection=self._connection, **fields)

    async def _session(self) -> None:
        url = f"ws://127.0.0.1:{self._place.port}/ws/chat/"
        # Frames that wait here before the socket is no longer read.
        waiting = 2 if self._talk.chat.pause_seconds else 16
        async with connect(
            url, additional_headers=self._place.headers, open_timeout=OPEN_SECONDS, close_timeout=0.5,
            ping_interval=None, compression=None, max_size=None, proxy=None, max_queue=waiting,
        ) as connection:  # fmt: skip
            self._socket = connection
            self._note("open", web=self._place.web % 2)
            self._due.clear()
            self._followed.clear()
            self._sent_at = None
            heard = monotonic()
            while not self.finished:
                await self._act()
                try:
                    async with asyncio.timeout(self._patience(heard)):
                        text = await connection.recv()
                except TimeoutError:
                    heard = await self._silence(heard)
                else:
                    await self._hear(json.loads(text))
                    heard = monotonic()

    async def _narrow_socket(self) -> socket.socket | None:
        """A slow reader's own socket, which takes in little; None for others."""
        if not self._talk.chat.pause_seconds:
            return None
        sock = socket.socket()
        try:
            narrow(sock)
            sock.setblocking(False)
            await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", self._place.port))
        except OSError:
            sock.close()
            raise
        return sock

    def _patience(self, heard: float) -> float:
        now = monotonic()
        due = [moment for moment, _ in self._due]
        return max(0.0, min([heard + PING_SECONDS, now + 0.25, *due]) - now)

    async def _silence(self, heard: float) -> float:
        now = monotonic()
        if now - heard >= DEAD_SECONDS:
            raise TimeoutError("nobody there")
        if self._sent_at is not None and now - self._sent_at >= UNANSWERED_SECONDS:
            raise TimeoutError("neither accepted nor refused")
        if now - heard >= PING_SECONDS:
            await self._tell({"type": "ping"})
        return heard

    async def _tell(self, frame: dict[str, Any]) -> None:
        assert self._socket is not None
        await self._socket.send(json.dumps(frame))

    # -- what this tab wants ------------------------------------------------------

    async def _act(self) -> None:
        now = monotonic()
        ripe, self._due = [d for d in self._due if d[0] <= now], [d for d in self._due if d[0] > now]
        for _, what in ripe:
            what()
        turn, answer = self._talk.turn, self._talk.answer
        if self._sends and turn is not None and answer is None and self._sent_at is None:
            self._sent_at = now
            self._note("send", client_message_id=turn.client_message_id)
            await self._tell({"type": "message.send", **self._talk.body(turn)})
        for message_id in self._talk.answers:
            view = self._views.setdefault(message_id, View(message_id))
            if not view.done and message_id not in self._followed:
                await self._follow(view)

    async def _follow(self, view: View) -> None:
        self._followed.add(view.message_id)
        self._note("follow", message_id=view.message_id, after_seq=view.seq)
        await self._tell({"type": "generation.follow", "message_id": view.message_id, "after_seq": view.seq})
        turn = self._talk.turn
        if self._sends and turn is not None and turn.stop_after is not None and view.events >= turn.stop_after:
            await self._stop(view)

    async def _stop(self, view: View) -> None:
        self._note("stop", message_id=view.message_id)
        await self._tell({"type": "generation.stop", "message_id": view.message_id})

    def _later(self, seconds: float, what: Callable[[], Any]) -> None:
        self._due.append((monotonic() + seconds, what))

    # -- what it hears ------------------------------------------------------------

    async def _hear(self, frame: dict[str, Any]) -> None:
        self._note("frame", frame=frame)
        match frame["type"]:
            case "accepted":
                message_id = self._talk.acknowledge(frame)
                self._sent_at = None
                self._views.setdefault(message_id, View(message_id))
                self._followed.add(message_id)
            case "error":
                self._refused(frame)
            case _ if "seq" in frame and frame["message_id"] in self._views:
                await self._event(self._views[frame["message_id"]], frame)

    def _refused(self, frame: dict[str, Any]) -> None:
        pause = self._place.pause(frame.get("retry_after"))
        turn = self._talk.turn
        if turn is not None and frame.get("client_message_id") == turn.client_message_id:
            self._later(pause, self._send_again)
        elif (message_id := frame.get("message_id")) is not None:
            self._later(pause, lambda: self._followed.discard(message_id))

    def _send_again(self) -> None:
        self._sent_at = None

    async def _event(self, view: View, frame: dict[str, Any]) -> None:
        if not view.take(frame):
            self._note("gap", message_id=view.message_id, seq=view.seq)
            self._later(0.2, lambda: self._followed.discard(view.message_id))
            return
        turn = self._talk.turn
        if not self._sends or turn is None or view.message_id != self._talk.answer:
            return
        if view.done:
            self._talk.go_on()
        elif turn.stop_after == view.events:
            await self._stop(view)
        elif not self._paused and view.events >= 3:
            await self._dawdle()

    async def _dawdle(self) -> None:
        """Reads nothing for a while, as a client does whose page is busy or whose network is slow."""
        self._paused = True
        self._note("pause")
        await asyncio.sleep(self._talk.chat.pause_seconds)
        self._note("resume")
