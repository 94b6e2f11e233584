"""The page that Prometheus reads."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import DjangoAssertNumQueries, Settings

from chatbot.accounts.models import User
from chatbot.lib import breaker
from chatbot.lib.ids import new_id
from chatbot.lib.redis import close_async_redis, sync_redis
from conversations.models import Message
from streaming.models import Generation
from tests.factories import make_conversation, make_message, make_provider

# Contract 3.6: every name with its labels.
CONTRACT = {
    "chat_message_latency_seconds": {"model", "status"},
    "chat_first_token_seconds": {"model"},
    "chat_streaming_tokens_per_second": {"model"},
    "chat_active_conversations": set(),
    "chat_errors": {"error_type"},
    "chat_websocket_connections": set(),
    "chat_generations": {"status"},
    "chat_queue_age_seconds": set(),
    "chat_breaker_open": {"provider"},
    "chat_moderation": {"stage", "action"},
    "chat_tokens": {"model", "kind"},
}


def families(client: Client) -> dict[str, Metric]:
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain")
    return {family.name: family for family in text_string_to_metric_families(response.content.decode())}


def make_generation(user: User, *, status: str, age: timedelta = timedelta()) -> None:
    conversation = make_conversation(user)
    prompt = make_message(conversation)
    answer = make_message(conversation, role=Message.Role.ASSISTANT, status=Message.Status.PENDING, content="")
    Generation.objects.create(
        id=new_id(user.id),
        user=user,
        conversation=conversation,
        prompt=prompt,
        message=answer,
        status=status,
        queued_at=timezone.now() - age,
    )


@pytest.mark.django_db
def test_the_page_has_the_names_of_the_contract(client: Client) -> None:
    found = families(client)
    assert set(CONTRACT) <= set(found)
    for name, labels in CONTRACT.items():
        for sample in found[name].samples:
            assert set(sample.labels) - {"le"} == labels


@pytest.mark.django_db
def test_an_idle_service_counts_nothing(client: Client) -> None:
    found = families(client)
    assert {sample.value for sample in found["chat_generations"].samples} == {0.0}
    assert found["chat_queue_age_seconds"].samples[0].value == 0
    assert found["chat_active_conversations"].samples[0].value == 0


def test_gauges_tell_what_the_database_knows(user: User, client: Client) -> None:
    make_generation(user, status="queued", age=timedelta(seconds=90))
    make_generation(user, status="queued")
    make_generation(user, status="running")
    make_generation(user, status="completed")
    quiet = make_conversation(user)
    quiet.last_message_at = timezone.now() - timedelta(seconds=301)
    quiet.save()
    found = families(client)
    counts = {sample.labels["status"]: sample.value for sample in found["chat_generations"].samples}
    assert counts == {"queued": 2, "running": 1, "retrying": 0}
    assert 90 <= found["chat_queue_age_seconds"].samples[0].value < 150
    assert found["chat_active_conversations"].samples[0].value == 4


def test_the_page_costs_four_queries(
    user: User, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        make_generation(user, status="queued")
    client.get("/health/live")
    with django_assert_num_queries(4):
        client.get("/metrics")


async def open_the_breaker(target: str) -> None:
    for _ in range(breaker.FAILURES):
        await breaker.failed(target)
    await close_async_redis()


def test_a_provider_whose_breaker_is_open_is_told(db: None, client: Client) -> None:
    ill, well = make_provider(), make_provider()
    asyncio.run(open_the_breaker(f"{ill.slug}/model"))
    told = {sample.labels["provider"]: sample.value for sample in families(client)["chat_breaker_open"].samples}
    assert told == {ill.slug: 1, well.slug: 0}


def test_without_redis_the_page_still_comes(db: None, settings: Settings, client: Client) -> None:
    sync_redis.cache_clear()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    try:
        found = families(client)
    finally:
        sync_redis.cache_clear()
    assert "chat_generations" in found
    assert "chat_breaker_open" not in found


def test_no_label_holds_an_id(user: User, client: Client) -> None:
    make_generation(user, status="running")
    for family in families(client).values():
        for sample in family.samples:
            for value in sample.labels.values():
                with pytest.raises(ValueError):
                    UUID(value)
