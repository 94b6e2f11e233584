"""The circuit breaker, in a real Valkey."""

from uuid import uuid4

import pytest
import redis.asyncio
from pytest_django import Settings

from chatbot.lib import breaker
from chatbot.lib.redis import async_redis, close_async_redis


@pytest.fixture
def target(redis_client: redis.asyncio.Redis) -> str:
    """A target that no other test uses."""
    return f"target-{uuid4()}"


async def open_breaker(target: str) -> None:
    for _ in range(breaker.FAILURES):
        await breaker.failed(target)


async def passes(target: str) -> bool:
    return await breaker.rest_of(target) <= 0


async def let_the_pause_end(target: str) -> None:
    await async_redis().delete(f"breaker:{{{target}}}:open")


async def test_calls_pass_until_there_were_too_many_failures(target: str) -> None:
    for _ in range(breaker.FAILURES - 1):
        assert not await breaker.failed(target)
        assert await passes(target)
    assert await breaker.failed(target)
    assert not await passes(target)


async def test_failures_are_forgotten_after_the_window(target: str) -> None:
    await breaker.failed(target)
    left = await async_redis().ttl(f"breaker:{{{target}}}:failures")
    assert 0 < left <= breaker.WINDOW_SECONDS
    await async_redis().delete(f"breaker:{{{target}}}:failures")
    for _ in range(breaker.FAILURES - 1):
        assert not await breaker.failed(target)


async def test_the_targets_that_rest_are_told(target: str) -> None:
    assert target not in breaker.open_targets()
    await open_breaker(target)
    assert target in breaker.open_targets()
    await breaker.succeeded(target)
    assert target not in breaker.open_targets()


async def test_a_success_clears_the_failures(target: str) -> None:
    for _ in range(breaker.FAILURES - 1):
        await breaker.failed(target)
    await breaker.succeeded(target)
    assert not await breaker.failed(target)


async def test_an_open_breaker_refuses_for_a_limited_time(target: str) -> None:
    await open_breaker(target)
    left = await async_redis().ttl(f"breaker:{{{target}}}:open")
    assert 0 < left <= breaker.OPEN_SECONDS


async def test_after_the_pause_one_caller_probes_and_its_success_closes(target: str) -> None:
    await open_breaker(target)
    await let_the_pause_end(target)
    assert [await passes(target) for _ in range(3)] == [True, False, False]
    await breaker.succeeded(target)
    assert [await passes(target) for _ in range(3)] == [True, True, True]
    assert not await breaker.failed(target)


async def test_a_failed_probe_opens_again_at_once(target: str) -> None:
    await open_breaker(target)
    await let_the_pause_end(target)
    assert await passes(target)
    assert await breaker.failed(target)
    assert not await passes(target)
    await let_the_pause_end(target)
    assert await passes(target)


async def test_a_probe_that_is_never_reported_is_given_to_another_caller(target: str) -> None:
    await open_breaker(target)
    await let_the_pause_end(target)
    assert await passes(target)
    left = await async_redis().ttl(f"breaker:{{{target}}}:probe")
    assert 0 < left <= breaker.PROBE_SECONDS
    await async_redis().delete(f"breaker:{{{target}}}:probe")
    assert await passes(target)


async def test_targets_do_not_share_a_breaker(target: str) -> None:
    await open_breaker(target)
    assert await passes(f"{target}-other")


async def test_without_redis_every_call_passes(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    try:
        assert await passes("anywhere")
        assert not await breaker.failed("anywhere")
    finally:
        await close_async_redis()
    assert "breaker not reached" in caplog.text


async def test_a_probe_that_told_nothing_is_given_back(target: str) -> None:
    await open_breaker(target)
    await let_the_pause_end(target)
    assert await passes(target)
    assert not await passes(target)
    await breaker.released(target)
    assert await passes(target)


async def test_rests_are_told_without_taking_a_probe(target: str) -> None:
    assert breaker.rests_of([target, f"{target}-other"]) == [0, 0]
    await open_breaker(target)
    rest, other = breaker.rests_of([target, f"{target}-other"])
    assert 0 < rest <= breaker.OPEN_SECONDS
    assert other == 0
    await let_the_pause_end(target)
    assert breaker.rests_of([target]) == [0]
    assert await passes(target)


async def test_only_the_first_call_after_a_rest_is_a_probe(target: str) -> None:
    assert await breaker.rest_of(target) == 0
    await open_breaker(target)
    await let_the_pause_end(target)
    assert await breaker.rest_of(target) == -1
    assert await breaker.rest_of(target) == breaker.PROBE_REST_SECONDS
    await breaker.succeeded(target)
    assert await breaker.rest_of(target) == 0


async def test_failures_that_come_together_count_as_one(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaker, "TOGETHER_MS", 60_000)
    await open_breaker(target)
    assert await passes(target)
    assert await async_redis().get(f"breaker:{{{target}}}:failures") == b"1"
