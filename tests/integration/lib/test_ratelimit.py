"""The buckets of a minute, counted in a real Valkey."""

from uuid import uuid4

import pytest
from django.test import RequestFactory
from pytest_django import Settings
from time_machine import travel

from chatbot.lib import ratelimit
from chatbot.lib.errors import Overloaded, RateLimited


def test_a_user_sends_up_to_the_limit_and_is_then_told_when_to_come_back() -> None:
    user = uuid4()
    for _ in range(3):
        ratelimit.take(user, per_minute=3)
    with pytest.raises(RateLimited) as refused:
        ratelimit.take(user, per_minute=3)
    assert refused.value.retry_after is not None
    assert 1 <= refused.value.retry_after <= 60
    assert "3 messages a minute" in refused.value.message
    assert refused.value.headers["X-RateLimit-Remaining"] == "0"


def test_one_user_does_not_use_up_what_is_anothers() -> None:
    busy, calm = uuid4(), uuid4()
    ratelimit.take(busy, per_minute=1)
    with pytest.raises(RateLimited):
        ratelimit.take(busy, per_minute=1)
    ratelimit.take(calm, per_minute=1)


def test_messages_and_requests_are_counted_apart() -> None:
    user = uuid4()
    ratelimit.take(user, per_minute=1)
    assert ratelimit.take_request(user, per_minute=1).remaining == 0
    with pytest.raises(RateLimited, match="1 requests a minute"):
        ratelimit.take_request(user, per_minute=1)


def test_the_headers_tell_the_limit_what_is_left_and_the_moment_of_the_next_window() -> None:
    now = 2_000_000_000
    with travel(now, tick=False):
        usage = ratelimit.take_request(uuid4(), per_minute=5)
        assert usage.headers() == {
            "X-RateLimit-Limit": "5",
            "X-RateLimit-Remaining": "4",
            "X-RateLimit-Reset": str(now + usage.reset_after),
        }
        assert 1 <= usage.reset_after <= 60


def test_addresses_of_one_ipv6_network_share_a_bucket(settings: Settings) -> None:
    settings.ANONYMOUS_REQUESTS_PER_MINUTE = 2
    network = f"2001:db8:{uuid4().hex[:4]}:{uuid4().hex[:4]}"

    def take(host: str) -> None:
        ratelimit.take_stranger(RequestFactory().get("/", REMOTE_ADDR=f"{network}::{host}"))

    take("1")
    take("2")
    with pytest.raises(RateLimited):
        take("3")


def test_without_redis_nobody_passes_uncounted(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    away = {**settings.CACHES["limits"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {**settings.CACHES, "limits": away}
    with pytest.raises(Overloaded) as refused:
        ratelimit.take(uuid4(), per_minute=1_000)
    assert refused.value.retry_after
    assert "rate limit not counted" in caplog.text
