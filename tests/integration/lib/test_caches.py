"""The caches: one pool of connections for the process, and counters that cost one round trip."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import caches
from redis.connection import AbstractConnection

from chatbot.lib import ratelimit
from chatbot.lib.errors import RateLimited
from chatbot.lib.redis import sync_redis


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What is sent to Redis, packet by packet."""
    packets: list[object] = []
    send: Any = AbstractConnection.send_packed_command

    def spy(self: AbstractConnection, command: object, check_health: bool = True) -> None:
        packets.append(command)
        send(self, command, check_health)

    monkeypatch.setattr(AbstractConnection, "send_packed_command", spy)
    return packets


def test_every_context_uses_the_same_connections() -> None:
    def ask() -> object:
        caches["default"].get("nothing")
        return caches["default"]._cache  # type: ignore[attr-defined]

    assert Context().run(ask) is Context().run(ask)


def test_a_count_is_one_round_trip(sent: list[object]) -> None:
    user = uuid4()
    ratelimit.take_request(user, per_minute=100)
    sent.clear()
    for number in range(2, 5):
        assert ratelimit.take_request(user, per_minute=100).used == number
    assert ratelimit.look(ratelimit.REQUESTS, user, per_minute=100).used == 4
    assert len(sent) == 4


def test_a_bucket_that_was_only_looked_at_is_full() -> None:
    user = uuid4()
    assert ratelimit.look(ratelimit.MESSAGES, user, per_minute=7).remaining == 7
    ratelimit.take(user, per_minute=7)
    assert ratelimit.look(ratelimit.MESSAGES, user, per_minute=7).remaining == 6


def test_of_many_at_once_exactly_as_many_pass_as_may() -> None:
    user = uuid4()

    def passes(_: int) -> bool:
        try:
            ratelimit.take_request(user, per_minute=40)
        except RateLimited:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(passes, range(200))) == 40


def test_a_counter_ends_by_itself() -> None:
    before = set(sync_redis().scan_iter("limits:*"))
    ratelimit.take(uuid4(), per_minute=7)
    (name,) = set(sync_redis().scan_iter("limits:*")) - before
    assert 0 < sync_redis().ttl(name) <= 65


def test_a_counter_is_not_read_by_itself() -> None:
    with pytest.raises(ValueError, match="added"):
        caches["limits"].get("nothing")
    with pytest.raises(ValueError, match="added"):
        caches["limits"].incr("nothing")
