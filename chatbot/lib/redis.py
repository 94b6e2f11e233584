"""Connections to Redis (or Valkey): one async client a loop, one sync client a process."""

import asyncio
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import redis as redis_sync
import redis.asyncio as redis_async
from django.conf import settings
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as LostConnection

from chatbot.lib.redis_link import close_shared_link

# redis-py 8 would end a blocked read after 5 s and allow 100 connections; both are said here instead.
SOCKET_TIMEOUT_SECONDS = 5
MAX_CONNECTIONS = 50


class _ToldOfLoss(redis_async.Connection):
    """uvloop refuses to write to a closed transport with a RuntimeError, which redis-py does not take for a loss."""

    async def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        """Sends; raises redis's ConnectionError when the connection is gone."""
        try:
            await super().send_packed_command(command, check_health)
        except RuntimeError as error:
            await self.disconnect(nowait=True)
            raise LostConnection(str(error)) from error


class _Tls(_ToldOfLoss, redis_async.SSLConnection):
    """For rediss://."""


class _Socket(_ToldOfLoss, redis_async.UnixDomainSocketConnection):
    """For unix://."""


def _connection_class() -> type[redis_async.Connection]:
    return {"rediss": _Tls, "unix": _Socket}.get(settings.REDIS_URL.partition(":")[0], _ToldOfLoss)


_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, redis_async.Redis] = WeakKeyDictionary()


def async_redis() -> redis_async.Redis:
    """The client of the running loop, for commands."""
    loop = asyncio.get_running_loop()
    if loop not in _clients:
        # A plain pool refuses when it is used up; this one lets callers wait for a connection.
        pool = redis_async.BlockingConnectionPool.from_url(
            settings.REDIS_URL,
            connection_class=_connection_class(),
            socket_timeout=SOCKET_TIMEOUT_SECONDS,
            socket_connect_timeout=SOCKET_TIMEOUT_SECONDS,
            max_connections=MAX_CONNECTIONS,
            timeout=SOCKET_TIMEOUT_SECONDS,
        )
        _clients[loop] = redis_async.Redis.from_pool(pool)
    return _clients[loop]


async def close_async_redis() -> None:
    """Closes what the running loop has open: the client, and the connection of the hot path."""
    await close_shared_link()
    if client := _clients.pop(asyncio.get_running_loop(), None):
        await client.aclose()


def subscriber() -> redis_async.Redis:
    """A client of its own for a subscription. Its reads may wait for ever, and a lost connection is told at once:

    a silent reconnect would hide what was published meanwhile.
    """
    return redis_async.Redis.from_url(
        settings.REDIS_URL,
        connection_class=_connection_class(),
        socket_timeout=None,
        socket_connect_timeout=SOCKET_TIMEOUT_SECONDS,
        socket_keepalive=True,
        retry=Retry(NoBackoff(), 0),
    )


@cache
def sync_redis() -> redis_sync.Redis:
    """The client of synchronous code."""
    return redis_sync.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=SOCKET_TIMEOUT_SECONDS,
        socket_connect_timeout=SOCKET_TIMEOUT_SECONDS,
        max_connections=MAX_CONNECTIONS,
    )
