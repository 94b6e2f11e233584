"""The bucket of messages a minute, counted in a real Valkey."""

from uuid import uuid4

import pytest
from pytest_django import Settings

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


def test_one_user_does_not_use_up_what_is_anothers() -> None:
    busy, calm = uuid4(), uuid4()
    ratelimit.take(busy, per_minute=1)
    with pytest.raises(RateLimited):
        ratelimit.take(busy, per_minute=1)
    ratelimit.take(calm, per_minute=1)


def test_without_redis_nobody_passes_uncounted(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    away = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": away}
    with pytest.raises(Overloaded) as refused:
        ratelimit.take(uuid4(), per_minute=1_000)
    assert refused.value.retry_after
    assert "rate limit not counted" in caplog.text
