"""Who reads which answer: one subscription of a process for all its followers, which it serves locally."""

import asyncio
import logging
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from redis.exceptions import RedisError

from chatbot.lib.redis_link import RedisLink, open_link
from streaming.log import Entry, channel_of

logger = logging.getLogger(__name__)

# What may wait for one slow reader, beside the 64 KiB that its server holds; past that it reads the Stream later.
MAX_PENDING = 256
MAX_PENDING_BYTES = 192 * 1024
# Seconds without an event after which a reader is woken, to ask the row whether the answer has ended.
SILENCE_SECONDS = 5.0
LOOK_SECONDS = 1.0
RECONNECT_SECONDS = 0.2


class Follower:
    """One reader of one answer.

    `lagged` says that events may be missing here and must be read from the Stream; `overflowed`, that this is because
    the reader is slow.
    """

    __slots__ = ("_pending", "_size", "_waiter", "lagged", "overflowed", "silent_since")

    def __init__(self) -> None:
        self._pending: list[Entry] = []
        self._size = 0
        self._waiter: asyncio.Future[None] | None = None
        self.silent_since = 0.0
        self.lagged = False
        self.overflowed = False

    def push(self, entry: Entry) -> None:
        """Hands over an event, or notes that the reader is too slow."""
        self._size += len(entry.payload)
        if self._size > MAX_PENDING_BYTES or len(self._pending) >= MAX_PENDING:
            self.overflowed = True
            self.mark_lagged()
        else:
            self._pending.append(entry)
            self.wake()

    def mark_lagged(self) -> None:
        """Drops what waits: the reader goes back to the Stream."""
        self._pending, self._size = [], 0
        self.lagged = True
        self.wake()

    def wake(self) -> None:
        """Lets `take` return."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    @property
    def waits(self) -> bool:
        """Whether the reader waits for the next event."""
        return self._waiter is not None

    async def take(self) -> list[Entry]:
        """The events that came since the last call; none when it lagged, or after 5 s of silence."""
        if not self._pending and not self.lagged:
            loop = asyncio.get_running_loop()
            self.silent_since = loop.time()
            self._waiter = loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        entries, self._pending, self._size = self._pending, [], 0
        return entries


class Hub:
    """The one subscription of a process (of a loop, to be exact) and its followers.

    Whenever a channel is subscribed to, the first time or after a lost connection, its followers are marked as lagged:
    they read from the Stream what was published before, and nothing falls in between.
    """

    def __init__(self) -> None:
        self._followers: dict[bytes, set[Follower]] = {}
        self._live: set[bytes] = set()
        self._link: RedisLink | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def join(self, message_id: UUID) -> Follower:
        """A new reader of an answer; what is in the Stream already comes first."""
        follower, channel = Follower(), channel_of(message_id).encode()
        known = channel in self._followers
        self._followers.setdefault(channel, set()).add(follower)
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._stay_subscribed()), asyncio.create_task(self._break_silences())]
        elif channel in self._live:
            follower.mark_lagged()
        elif self._link is not None and not known:
            self._link.send(("SUBSCRIBE", channel))
        return follower

    def leave(self, message_id: UUID, follower: Follower) -> None:
        """Ends a follow."""
        channel = channel_of(message_id).encode()
        followers = self._followers.get(channel, set())
        followers.discard(follower)
        if not followers and self._followers.pop(channel, None) is not None:
            self._live.discard(channel)
            if self._link is not None:
                self._link.send(("UNSUBSCRIBE", channel))

    async def close(self) -> None:
        """Ends the subscription, before the loop ends."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _stay_subscribed(self) -> None:
        while True:
            link: RedisLink | None = None
            try:
                link = await open_link(self._take)
                if self._followers:
                    link.send(("SUBSCRIBE", *self._followers))
                self._link = link
                await link.until_lost()
                logger.warning("log subscription lost")
            except (RedisError, OSError) as error:
                logger.warning("log not subscribed to", extra={"error": str(error)})
            finally:
                self._link = None
                self._live.clear()
                if link is not None:
                    link.close()
            await asyncio.sleep(RECONNECT_SECONDS)

    def _take(self, reply: Any) -> None:
        match reply:
            case [b"message", channel, data]:
                seq, _, payload = data.partition(b" ")
                entry = Entry(int(seq), payload)
                for follower in self._followers.get(channel, ()):
                    follower.push(entry)
            case [b"subscribe", channel, _] if channel in self._followers:
                self._live.add(channel)
                for follower in self._followers[channel]:
                    follower.mark_lagged()

    async def _break_silences(self) -> None:
        """One timer for all readers: a timer for each wait would cost more than the event that ends it."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            latest = loop.time() - SILENCE_SECONDS
            for followers in self._followers.values():
                for follower in followers:
                    if follower.waits and follower.silent_since <= latest:
                        follower.wake()


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]
