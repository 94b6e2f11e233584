"""The event log: one Redis Stream for each answer, followed by whoever wants to read it.

An entry's stream id is its `seq`, so Redis itself refuses a second event under the same number. Each append also
publishes the event, for the followers of streaming.hub. The published form is `<seq> <event as JSON>`, encoded once for
all readers.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from redis.exceptions import RedisError, ResponseError

from chatbot.lib.redis import async_redis, sync_redis
from chatbot.lib.redis_link import Command, shared_link

# Seconds that a log outlives its last event. After that the row answers with a snapshot.
TTL_SECONDS = 3_600
# The TTL is renewed with whatever is not text, `done` above all, and with every so many events.
RENEW_EVERY = 64
PAGE = 1_000
_TOKEN = b'{"type":"token"'


class Entry(NamedTuple):
    """One event of an answer: its number and its JSON."""

    seq: int
    payload: bytes


@lru_cache(4_096)
def channel_of(message_id: UUID) -> str:
    """The key of an answer's log, and the channel on which its events are published."""
    return f"log:{message_id}"


def _commands(message_id: UUID, entry: Entry) -> Iterable[Command]:
    key = channel_of(message_id)
    yield ("XADD", key, b"%d-0" % entry.seq, b"e", entry.payload)
    if entry.seq % RENEW_EVERY == 1 or not entry.payload.startswith(_TOKEN):
        yield ("EXPIRE", key, TTL_SECONDS)
    yield ("PUBLISH", key, b"%d %b" % entry)


async def append(entries: Iterable[tuple[UUID, Entry]]) -> None:
    """Appends and publishes events of any number of answers in one round trip; raises RedisError or OSError.

    Doing it again after a lost connection is safe: what is there already is not written twice.
    """
    commands = [command for message_id, entry in entries for command in _commands(message_id, entry)]
    link = await shared_link()
    for reply in await link.execute(commands):
        # "equal or smaller" is the sign of an entry that is there already.
        if isinstance(reply, RedisError) and "equal or smaller" not in str(reply):
            raise reply


def append_now(message_id: UUID, entry: Entry) -> bool:
    """Appends one event from synchronous code; gives False when that number is taken. Raises RedisError."""
    key, redis = channel_of(message_id), sync_redis()
    try:
        redis.xadd(key, {"e": entry.payload}, id=f"{entry.seq}-0")
    except ResponseError:
        return False
    redis.expire(key, TTL_SECONDS)
    redis.publish(key, b"%d %b" % entry)
    return True


async def last_seq(message_id: UUID) -> int:
    """The number of the newest event, 0 when there is none; raises RedisError."""
    return _newest(await async_redis().xrevrange(channel_of(message_id), count=1))


def last_seq_now(message_id: UUID) -> int:
    """The same from synchronous code."""
    return _newest(sync_redis().xrevrange(channel_of(message_id), count=1))


async def read(message_id: UUID, after_seq: int) -> list[Entry]:
    """The events after `after_seq` that are still there; raises RedisError."""
    entries: list[Entry] = []
    while True:
        page: Any = await async_redis().xrange(channel_of(message_id), min=f"({after_seq}-0", count=PAGE)
        entries += [Entry(_seq(stream_id), fields[b"e"]) for stream_id, fields in page]
        if len(page) < PAGE:
            return entries
        after_seq = entries[-1].seq


def read_now(message_id: UUID) -> list[Entry]:
    """All events that are still there, from synchronous code; raises RedisError."""
    page: Any = sync_redis().xrange(channel_of(message_id))
    return [Entry(_seq(stream_id), fields[b"e"]) for stream_id, fields in page]


def _newest(entries: Any) -> int:
    """The number of the first entry of an answer of XREVRANGE; redis-py's types know more forms than there are here."""
    return _seq(entries[0][0]) if entries else 0


def _seq(stream_id: bytes) -> int:
    return int(stream_id.partition(b"-")[0])
