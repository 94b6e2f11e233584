"""The event log: one Redis Stream for each answer, followed by whoever wants to read it.

An entry's stream id is its `seq`, so Redis itself refuses a second event under the same number. Each append also
publishes the event; a web process holds one subscription for all the answers it follows and fans out locally. The
published form is `<seq> <event as JSON>`, encoded once for all readers.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Iterable
from typing import Any, Literal, NamedTuple
from uuid import UUID
from weakref import WeakKeyDictionary

from redis.asyncio.client import PubSub
from redis.exceptions import RedisError, ResponseError

from chatbot.lib.redis import async_redis, subscriber, sync_redis

logger = logging.getLogger(__name__)

# Seconds that a log outlives its last event. After that the row answers with a snapshot.
TTL_SECONDS = 3_600
# Events waiting for one slow reader; past that it reads them from the Stream later.
MAX_PENDING = 256
RECONNECT_SECONDS = 0.2
PAGE = 1_000


class Entry(NamedTuple):
    """One event of an answer: its number and its JSON."""

    seq: int
    payload: bytes


def _key(message_id: UUID) -> str:
    return f"log:{message_id}"


async def append(entries: Iterable[tuple[UUID, Entry]]) -> None:
    """Appends and publishes events of any number of answers in one round trip; raises RedisError.

    Doing it again after a lost connection is safe: what is there already is not written twice.
    """
    pipeline = async_redis().pipeline(transaction=False)
    for message_id, entry in entries:
        key = _key(message_id)
        pipeline.xadd(key, {"e": entry.payload}, id=f"{entry.seq}-0")
        pipeline.expire(key, TTL_SECONDS)
        pipeline.publish(key, b"%d %b" % entry)
    for result in await pipeline.execute(raise_on_error=False):
        # "equal or smaller" is the sign of an entry that is there already.
        if isinstance(result, RedisError) and "equal or smaller" not in str(result):
            raise result


def append_now(message_id: UUID, entry: Entry) -> bool:
    """Appends one event from synchronous code; gives False when that number is taken. Raises RedisError."""
    key, redis = _key(message_id), sync_redis()
    try:
        redis.xadd(key, {"e": entry.payload}, id=f"{entry.seq}-0")
    except ResponseError:
        return False
    redis.expire(key, TTL_SECONDS)
    redis.publish(key, b"%d %b" % entry)
    return True


async def last_seq(message_id: UUID) -> int:
    """The number of the newest event, 0 when there is none; raises RedisError."""
    return _newest(await async_redis().xrevrange(_key(message_id), count=1))


def last_seq_now(message_id: UUID) -> int:
    """The same from synchronous code."""
    return _newest(sync_redis().xrevrange(_key(message_id), count=1))


async def read(message_id: UUID, after_seq: int) -> list[Entry]:
    """The events after `after_seq` that are still there; raises RedisError."""
    entries: list[Entry] = []
    while True:
        page: Any = await async_redis().xrange(_key(message_id), min=f"({after_seq}-0", count=PAGE)
        entries += [Entry(_seq(stream_id), fields[b"e"]) for stream_id, fields in page]
        if len(page) < PAGE:
            return entries
        after_seq = entries[-1].seq


def read_now(message_id: UUID) -> list[Entry]:
    """All events that are still there, from synchronous code; raises RedisError."""
    page: Any = sync_redis().xrange(_key(message_id))
    return [Entry(_seq(stream_id), fields[b"e"]) for stream_id, fields in page]


def _newest(entries: Any) -> int:
    """The number of the first entry of an answer of XREVRANGE; redis-py's types know more forms than there are here."""
    return _seq(entries[0][0]) if entries else 0


def _seq(stream_id: bytes) -> int:
    return int(stream_id.partition(b"-")[0])


class Follower:
    """One reader of one answer. `lagged` says that events were dropped here and must be read from the Stream."""

    def __init__(self) -> None:
        self._pending: deque[Entry] = deque()
        self._ready = asyncio.Event()
        self.lagged = False

    def push(self, entry: Entry) -> None:
        """Hands over an event, or notes that the reader is too slow."""
        if len(self._pending) >= MAX_PENDING:
            self.mark_lagged()
        else:
            self._pending.append(entry)
            self._ready.set()

    def mark_lagged(self) -> None:
        """Drops what waits: the reader goes back to the Stream."""
        self._pending.clear()
        self.lagged = True
        self._ready.set()

    async def take(self, timeout: float) -> list[Entry]:
        """The events that came since the last call; an empty list when it lagged, or after `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                await self._ready.wait()
        except TimeoutError:
            return []
        self._ready.clear()
        entries = list(self._pending)
        self._pending.clear()
        return entries


class Hub:
    """The one subscription of a process (of a loop, to be exact) and its followers.

    Whenever a subscription becomes live, the first time or after a lost connection, its followers are marked as lagged:
    they read from the Stream what was published before, and nothing falls in between.
    """

    def __init__(self) -> None:
        self._followers: dict[str, set[Follower]] = {}
        self._live: set[str] = set()
        self._pubsub: PubSub | None = None
        self._reader: asyncio.Task[None] | None = None
        # redis-py would open a connection for each of two commands that find none.
        self._commands = asyncio.Lock()

    async def join(self, message_id: UUID) -> Follower:
        """A new reader of an answer; what is in the Stream already comes first."""
        follower, channel = Follower(), _key(message_id)
        known = channel in self._followers
        self._followers.setdefault(channel, set()).add(follower)
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._run(), name="log hub")
        elif channel in self._live:
            follower.mark_lagged()
        elif not known:
            await self._tell("subscribe", channel)
        return follower

    async def leave(self, message_id: UUID, follower: Follower) -> None:
        """Ends a follow."""
        channel = _key(message_id)
        followers = self._followers.get(channel, set())
        followers.discard(follower)
        if not followers and self._followers.pop(channel, None) is not None:
            self._live.discard(channel)
            await self._tell("unsubscribe", channel)

    async def close(self) -> None:
        """Ends the subscription, before the loop ends."""
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)

    async def _tell(self, command: Literal["subscribe", "unsubscribe"], channel: str) -> None:
        async with self._commands:
            # What was wanted may have changed while this waited.
            wanted = (channel in self._followers) == (command == "subscribe")
            if self._pubsub is None or not wanted:
                return
            await self._ignore_loss(getattr(self._pubsub, command)(channel))

    async def _ignore_loss(self, command: Awaitable[object]) -> None:
        try:
            await command
        except (RedisError, OSError) as error:
            # The reader meets the same broken connection and subscribes to everything anew.
            logger.info("subscription command failed", extra={"error": str(error)})

    async def _run(self) -> None:
        while self._followers:
            self._live.clear()
            try:
                async with self._commands:
                    self._pubsub = subscriber().pubsub()
                    await self._pubsub.subscribe(*self._followers)
                while True:
                    self._handle(await self._pubsub.get_message(timeout=None))
            except (RedisError, OSError) as error:
                logger.warning("log subscription lost", extra={"error": str(error)})
                await asyncio.sleep(RECONNECT_SECONDS)
            finally:
                pubsub, self._pubsub = self._pubsub, None
                if pubsub is not None:
                    await self._ignore_loss(pubsub.aclose())  # type: ignore[no-untyped-call]

    def _handle(self, message: dict[str, Any] | None) -> None:
        if message is None:
            return
        channel = message["channel"].decode()
        followers = self._followers.get(channel, ())
        if message["type"] == "subscribe":
            self._live.add(channel)
            for follower in followers:
                follower.mark_lagged()
        elif message["type"] == "unsubscribe":
            self._live.discard(channel)
        elif message["type"] == "message":
            seq, _, payload = message["data"].partition(b" ")
            entry = Entry(int(seq), payload)
            for follower in followers:
                follower.push(entry)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]
