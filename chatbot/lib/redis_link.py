"""A bare connection to Redis for the hot path: hiredis parses, a protocol delivers, nothing stands between.

redis-py spends 13 µs on each message of a subscription, this 2. Everything else uses redis-py (chatbot.lib.redis).
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import hiredis
from django.conf import settings
from redis.asyncio.connection import parse_url
from redis.exceptions import AuthenticationError, ResponseError
from redis.exceptions import ConnectionError as LostConnection

CONNECT_SECONDS = 5
REPLY_SECONDS = 5
# A silent connection is pinged; one that stays silent is dead, whatever the network says.
PING_SECONDS = 2
SILENT_SECONDS = 5

Command = tuple[bytes | str | int, ...]
_pack: Callable[[Any], bytes] = hiredis.pack_command


class _Call(NamedTuple):
    """Commands under way."""

    wanted: int
    replies: list[Any]
    complete: asyncio.Future[None]


def _end(call: _Call) -> None:
    if not call.complete.done():
        call.complete.set_result(None)


def _ignore(_: Any) -> None:
    pass


class RedisLink(asyncio.Protocol):
    """One connection to the server that REDIS_URL names.

    It either executes commands or, with `on_push`, hands over whatever comes: the messages of a subscription.
    """

    def __init__(self, on_push: Callable[[Any], None]) -> None:
        loop = asyncio.get_running_loop()
        self._on_push = on_push
        self._reader = hiredis.Reader(protocolError=LostConnection, replyError=ResponseError)
        self._transport: asyncio.Transport
        self._calls: deque[_Call] = deque()
        self._lost: asyncio.Future[None] = loop.create_future()
        self._heard = False

    # -- asyncio's side -----------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Parses what came and hands over each reply."""
        self._heard = True
        self._reader.feed(data)
        while (reply := self._reader.gets()) is not False:
            if self._calls:
                self._calls[0].replies.append(reply)
                if len(self._calls[0].replies) == self._calls[0].wanted:
                    _end(self._calls.popleft())
            else:
                self._on_push(reply)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody replies any longer."""
        if not self._lost.done():
            self._lost.set_result(None)
        while self._calls:
            _end(self._calls.popleft())

    @property
    def lost(self) -> bool:
        """Whether the connection is gone."""
        return self._lost.done()

    # -- ours -----------------------------------------------------------------------

    def send(self, *commands: Command) -> None:
        """Sends commands without waiting; on a lost connection it does nothing."""
        if not self.lost:
            self._transport.write(b"".join(map(_pack, commands)))

    async def execute(self, commands: Sequence[Command]) -> list[Any]:
        """The replies to all commands, ResponseErrors among them.

        Raises redis's ConnectionError when there are none: nobody knows then what was carried out, and the connection
        is closed.
        """
        call = _Call(len(commands), [], asyncio.get_running_loop().create_future())
        if not self.lost:
            self._calls.append(call)
            self.send(*commands)
            try:
                async with asyncio.timeout(REPLY_SECONDS):
                    await call.complete
            except TimeoutError:
                self.close()
        if len(call.replies) < call.wanted:
            raise LostConnection("the connection to Redis was lost")
        return call.replies

    async def until_lost(self) -> None:
        """Watches a subscription: returns when its connection is lost, or is silent for too long although pinged."""
        silent = 0
        while not self.lost:
            self._heard = False
            await asyncio.wait([self._lost], timeout=PING_SECONDS)
            silent = 0 if self._heard else silent + PING_SECONDS
            if silent >= SILENT_SECONDS:
                return
            self.send(("PING",))

    def close(self) -> None:
        """Ends the connection."""
        self._transport.abort()


async def open_link(on_push: Callable[[Any], None] = _ignore) -> RedisLink:
    """A connection that is logged in; raises RedisError or OSError (TimeoutError is one)."""
    where: dict[str, Any] = {**parse_url(settings.REDIS_URL)}
    loop = asyncio.get_running_loop()
    link = RedisLink(on_push)
    async with asyncio.timeout(CONNECT_SECONDS):
        if "path" in where:
            await loop.create_unix_connection(lambda: link, where["path"])
        else:
            address = where.get("host", "localhost"), where.get("port", 6379)
            secure = _tls(where) if settings.REDIS_URL.startswith("rediss:") else None
            await loop.create_connection(lambda: link, *address, ssl=secure)
        for command in _login(where):
            if isinstance(reply := (await link.execute([command]))[0], ResponseError):
                link.close()
                raise AuthenticationError(str(reply))
    return link


_shared: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[RedisLink]] = WeakKeyDictionary()


async def shared_link() -> RedisLink:
    """The connection of the running loop for commands, opened once for all who wait for it, and anew when it was lost.

    Raises as `open_link` does.
    """
    loop = asyncio.get_running_loop()
    opening = _shared.get(loop)
    if opening is None or (opening.done() and (opening.cancelled() or opening.exception() or opening.result().lost)):
        opening = _shared[loop] = asyncio.create_task(open_link())
    return await asyncio.shield(opening)


async def close_shared_link() -> None:
    """Closes the connection of the running loop."""
    if opening := _shared.pop(asyncio.get_running_loop(), None):
        opening.cancel()
        (outcome,) = await asyncio.gather(opening, return_exceptions=True)
        if isinstance(outcome, RedisLink):
            outcome.close()


def _login(where: dict[str, Any]) -> list[Command]:
    commands: list[Command] = []
    if "password" in where:
        commands.append(("AUTH", where.get("username") or "default", where["password"]))
    if where.get("db"):
        commands.append(("SELECT", where["db"]))
    return commands


def _tls(where: dict[str, Any]) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=where.get("ssl_ca_certs"))
    if "ssl_certfile" in where:
        context.load_cert_chain(where["ssl_certfile"], where.get("ssl_keyfile"))
    if where.get("ssl_cert_reqs") == "none":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
