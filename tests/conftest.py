"""What tests of every kind share: users, clients, connections that are closed again."""

from collections.abc import AsyncIterator
from time import monotonic
from typing import Any, TypeVar

import pytest
import redis.asyncio
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from chatbot.accounts import activity
from chatbot.accounts.models import User
from chatbot.lib import breaker
from chatbot.lib.redis import async_redis, close_async_redis
from tests.factories import make_staff, make_user

Browser = TypeVar("Browser", bound=Client)


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings) -> None:
    """Argon2 takes a tenth of a second for each user, as it should, but not here."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def no_memory_of_models(settings: Settings) -> None:
    """Every test has models of its own."""
    settings.CATALOGUE_SECONDS = 0


@pytest.fixture(autouse=True)
def every_failure_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Breakers would take the failures of one moment for one."""
    monkeypatch.setattr(breaker, "TOGETHER_MS", 0)


@pytest.fixture
def user(db: Any) -> User:
    """Ann, an ordinary user."""
    return make_user("ann")


@pytest.fixture
def other_user(db: Any) -> User:
    """Bob, who must never see what is Ann's."""
    return make_user("bob")


@pytest.fixture
def staff(db: Any) -> User:
    """A superuser."""
    return make_staff()


def logged_in(client: Browser, user: User) -> Browser:
    """The client with a session of the user, which was noted as seen just now: that comes every few minutes, and tests
    that count queries would meet it.
    """
    client.force_login(user)
    activity._noted[str(client.session.session_key)] = monotonic()
    return client


def _api_of(user: User) -> APIClient:
    return logged_in(APIClient(), user)


@pytest.fixture
def api(user: User) -> APIClient:
    """A REST client with the session of `user`."""
    return _api_of(user)


@pytest.fixture
def other_api(other_user: User) -> APIClient:
    """A REST client with the session of `other_user`."""
    return _api_of(other_user)


@pytest.fixture
def staff_client(staff: User) -> Client:
    """A browser in which `staff` is logged in."""
    return logged_in(Client(), staff)


@pytest.fixture
def web(user: User) -> Client:
    """A browser in which `user` is logged in."""
    return logged_in(Client(), user)


@pytest.fixture
async def redis_client() -> AsyncIterator[redis.asyncio.Redis]:
    """The test loop's client of Redis, closed at the end: async tests that reach Redis ask for it."""
    yield async_redis()
    await close_async_redis()
