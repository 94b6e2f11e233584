"""The cache backends of settings.CACHES: Django's, with connections that are kept, and one that counts."""

import threading
from functools import cache
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache, RedisCacheClient


@cache
def _client(servers: tuple[str, ...], options: frozenset[tuple[str, Any]]) -> RedisCacheClient:
    return RedisCacheClient(list(servers), **dict(options))


class SharedRedisCache(RedisCache):
    """Django's cache on Redis with one pool of connections for the whole process.

    Django makes a cache object for each context that is the first to ask for it. Under ASGI that may be each request,
    and each would connect anew.
    """

    _servers: list[str]
    _options: dict[str, Any]

    @property
    def _cache(self) -> RedisCacheClient:
        return _client(tuple(self._servers), frozenset(self._options.items()))


class CounterCache(SharedRedisCache):
    """Whole numbers with an end, for `django_ratelimit.core.get_usage` and nobody else: it counts in one round trip.

    django-ratelimit first adds a counter and, when it is there already, raises it, which would be three. Here the first
    call raises the counter as well, and the second one only tells.
    """

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._seen = threading.local()

    def add(self, key: str, value: int, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Raises the counter by `value`, made with `timeout` seconds to live when it is missing; whether it was."""
        name = self.make_and_validate_key(key, version=version)
        with self._cache.get_client(name, write=True).pipeline(transaction=True) as pipeline:
            pipeline.set(name, 0, nx=True, ex=None if timeout is None else int(timeout))
            pipeline.incrby(name, value)
            made, count = pipeline.execute()
        self._seen.name, self._seen.count = name, count
        return bool(made)

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """The number that the `add` just before has reached; raises ValueError when there was none."""
        return self._told(key, version)

    def get(self, key: str, default: Any = None, version: int | None = None) -> int:
        """The same."""
        return self._told(key, version)

    def _told(self, key: str, version: int | None) -> int:
        name = self.make_and_validate_key(key, version=version)
        if getattr(self._seen, "name", None) != name:
            raise ValueError("A counter is read only after it was added to.")
        return int(self._seen.count)
