"""The doorbell between services and engines, and the sign of life of an engine. Losing all of it costs a second."""

import logging
from uuid import UUID

from redis.exceptions import RedisError

from chatbot.lib.redis import sync_redis

logger = logging.getLogger(__name__)

WAKE_CHANNEL = "engine:wake"
STOP_CHANNEL = "engine:stop"
ALIVE_KEY = "engine:alive:"


def wake() -> None:
    """Rings the engines. Only a doorbell: they look by themselves every second."""
    _ring(WAKE_CHANNEL, "")


def ring_stop(message_id: UUID) -> None:
    """Tells the engine that holds the answer to look at its stop flag now rather than at its next heartbeat."""
    _ring(STOP_CHANNEL, str(message_id))


def _ring(channel: str, value: str) -> None:
    try:
        sync_redis().publish(channel, value)
    except RedisError as error:
        logger.warning("engine not rung", extra={"error": str(error)})


def engines_alive() -> int:
    """How many engines said within the last 15 s that they are there; raises RedisError."""
    return sum(1 for _ in sync_redis().scan_iter(match=f"{ALIVE_KEY}*", count=1_000))
