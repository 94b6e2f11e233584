"""Ids that route themselves: UUIDv8 with the owner's bucket in front, then the time.

Layout (RFC 9562, version 8), most significant bits first:

    8 bits bucket | 48 bits Unix milliseconds | 12 bits counter | 54 bits random

The version stands at bit 48 and the variant at bit 64, as the RFC says: the milliseconds are split around the version,
and counter and randomness around the variant. Ids of one owner sort by time, also within one millisecond of one
process; the id alone tells the partition.
"""

import hashlib
import secrets
import threading
import time
from uuid import UUID

BUCKETS = 256
PARTITIONS = 16
COUNTER_BITS = 12
RANDOM_BITS = 54

_lock = threading.Lock()
_last_tick = 0


def bucket_of(user_id: UUID) -> int:
    """The bucket (0-255) of a user: a hash, so that users spread evenly whatever made their ids."""
    return hashlib.sha256(user_id.bytes).digest()[0]


def _next_tick() -> int:
    """Milliseconds and counter as one rising number. A full counter borrows from the next millisecond."""
    global _last_tick
    with _lock:
        _last_tick = max(_last_tick + 1, time.time_ns() // 1_000_000 << COUNTER_BITS)
        return _last_tick


def new_id(user_id: UUID) -> UUID:
    """A new id for something that belongs to `user_id`."""
    tick = _next_tick()
    milliseconds, counter = tick >> COUNTER_BITS, tick & (1 << COUNTER_BITS) - 1
    payload = (bucket_of(user_id) << 48 | milliseconds) << COUNTER_BITS | counter
    payload = payload << RANDOM_BITS | secrets.randbits(RANDOM_BITS)  # 122 bits, without version and variant
    high, middle, low = payload >> 74, payload >> 62 & 0xFFF, payload & (1 << 62) - 1
    return UUID(int=high << 80 | 0x8 << 76 | middle << 64 | 0b10 << 62 | low)


def id_range(user_id: UUID) -> tuple[UUID, UUID]:
    """The first and the last id that `user_id` can own: a filter with it reads one partition."""
    bucket = bucket_of(user_id)
    return UUID(int=bucket << 120), UUID(int=(bucket + 1 << 120) - 1)


def lowest_id(bucket: int, milliseconds: int) -> UUID:
    """What no id of the bucket that was made at these Unix milliseconds, or later, is below."""
    return UUID(int=bucket << 120 | milliseconds >> 8 << 80 | 0x8 << 76 | (milliseconds & 0xFF) << 68)


def milliseconds_of(identifier: UUID) -> int:
    """The Unix milliseconds at which `identifier` was made."""
    number = identifier.int
    return (number >> 80 & (1 << 40) - 1) << 8 | number >> 68 & 0xFF


def partition_bounds() -> list[tuple[str, UUID, UUID | None]]:
    """Name suffix, first id and end of each partition of `messages`: the leading four bits of the bucket."""
    step = 1 << 124
    return [
        (f"{index:x}", UUID(int=index * step), UUID(int=(index + 1) * step) if index < PARTITIONS - 1 else None)
        for index in range(PARTITIONS)
    ]
