"""What load balancers ask."""

import pytest
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import Settings

from chatbot.lib.redis import sync_redis


def test_a_process_that_answers_is_live_without_database(client: Client) -> None:
    response = client.get("/health/live")
    assert response.status_code == 200
    assert response.json() == {"status": "ok"}
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_a_process_that_reaches_what_it_needs_is_ready(client: Client) -> None:
    response = client.get("/health/ready")
    assert response.status_code == 200
    body = response.json()
    assert body["status"] == "ok"
    assert body["checks"]["database"] == "ok"
    assert body["checks"]["redis"] == "ok"
    assert isinstance(body["checks"]["engine"], int)
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_without_redis_a_process_is_not_ready(settings: Settings, client: Client) -> None:
    sync_redis.cache_clear()
    settings.REDIS_URL = "redis://:secret@127.0.0.1:1/0"
    try:
        response = client.get("/health/ready")
    finally:
        sync_redis.cache_clear()
    assert response.status_code == 503
    assert response.json()["status"] == "failed"
    assert response.json()["checks"]["redis"] == "failed"
    assert response.json()["checks"]["database"] == "ok"
    assert b"secret" not in response.content


@pytest.mark.django_db(transaction=True)
def test_without_database_a_process_is_not_ready(client: Client) -> None:
    def refuse(*_: object) -> None:
        raise OperationalError("no route to postgresql://user:secret@host")

    with connection.execute_wrapper(refuse):
        response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["checks"]["database"] == "failed"
    assert response.json()["checks"]["redis"] == "ok"
    assert b"secret" not in response.content


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
def test_only_reading_is_allowed(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405
