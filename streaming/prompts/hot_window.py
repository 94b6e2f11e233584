"""The newest messages of a conversation in Redis under `conv:{id}`, so that a prompt need not read them all again.

An entry names the version of the conversation it was made at. Whatever changes or deletes a message raises that version
in its own transaction, so an entry that outlived a change is not used, whether or not Redis heard of it. Appending
changes nothing: what is newer than the entry is read beside it.
"""

import logging
from functools import cache
from uuid import UUID

import msgspec
from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from conversations.models import Conversation

logger = logging.getLogger(__name__)

TTL_SECONDS = 3_600
LARGEST_BYTES = 256 * 1024
# Rises when the form of the stored turns, or how they are made, changes.
FORMAT = 2
# The database is the slower way, not a broken one: nobody waits for Redis here.
PATIENCE_SECONDS = 0.25


class _Entry(msgspec.Struct):
    format: int
    conversation: UUID
    version: int
    turns: bytes


_decode = msgspec.msgpack.Decoder(_Entry).decode


@cache
def _redis() -> Redis:
    return Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=PATIENCE_SECONDS,
        socket_connect_timeout=PATIENCE_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


def _key(conversation_id: UUID) -> str:
    return f"conv:{conversation_id}"


def load(conversation: Conversation) -> bytes | None:
    """What was saved of `conversation` in its present version; None when there is nothing, or Redis is away."""
    try:
        stored = _redis().get(_key(conversation.pk))
        entry = _decode(stored) if isinstance(stored, bytes) else None
    except RedisError as error:
        logger.warning("hot window not read", extra={"error": str(error)})
        return None
    except msgspec.DecodeError:
        return None
    wanted = (FORMAT, conversation.pk, conversation.window_version)
    if entry is None or (entry.format, entry.conversation, entry.version) != wanted:
        return None
    return entry.turns


def save(conversation: Conversation, turns: bytes) -> None:
    """Keeps `turns` for an hour, unless they are too many."""
    if len(turns) > LARGEST_BYTES:
        return
    entry = _Entry(FORMAT, conversation.pk, conversation.window_version, turns)
    try:
        _redis().set(_key(conversation.pk), msgspec.msgpack.encode(entry), ex=TTL_SECONDS)
    except RedisError as error:
        logger.warning("hot window not saved", extra={"error": str(error)})


def forget(conversation_id: UUID) -> None:
    """Takes the entry of a deleted conversation away now rather than in an hour."""
    try:
        _redis().delete(_key(conversation_id))
    except RedisError as error:
        logger.warning("hot window not deleted", extra={"error": str(error)})
