"""Guessing passwords is slowed down, and nobody is locked out by it."""

from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from pytest_django import Settings
from redis.exceptions import ConnectionError as RedisConnectionError

from chatbot.accounts.models import User
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

WRONG = "not the password"


@pytest.fixture(autouse=True)
def ann(db: Any) -> User:
    return make_user("ann", email="ann@example.org")


def try_once(address: str = "192.0.2.1", password: str = WRONG, login: str = "ann", **headers: str) -> bool:
    """Whether that opened the account, from a browser without a past."""
    web = Client(REMOTE_ADDR=address, headers=headers)
    response = web.post("/accounts/login/", {"login": login, "password": password})
    assert response.status_code in {200, 302, 429}
    return bool(response.status_code == 302)


def test_after_five_failures_not_even_the_password_helps() -> None:
    for _ in range(5):
        assert not try_once()
    assert not try_once(password=PASSWORD)


def test_who_tries_from_elsewhere_locks_nobody_out() -> None:
    for _ in range(5):
        try_once("192.0.2.66")
    assert try_once("192.0.2.1", PASSWORD)


def test_a_good_log_in_does_not_wipe_out_the_failures_of_others() -> None:
    make_user("mallory")
    for _ in range(4):
        assert not try_once()
    assert try_once(password=PASSWORD, login="mallory")
    assert not try_once()
    assert not try_once(password=PASSWORD)


def test_one_address_may_not_try_many_names() -> None:
    for number in range(20):
        assert not try_once(login=f"somebody{number}")
    assert not try_once(password=PASSWORD)


def test_many_addresses_may_not_try_one_name(settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**django_settings.ACCOUNT_RATE_LIMITS, "login_failed_anywhere": "4/h/key"}
    assert try_once("192.0.2.1", PASSWORD)
    for number in range(4):
        assert not try_once(f"198.51.100.{number}")
    assert not try_once("198.51.100.9", PASSWORD)
    # The user's own address is known and stays open.
    assert try_once("192.0.2.1", PASSWORD)


def test_an_address_in_a_header_neither_evades_the_limit_nor_locks_others_out() -> None:
    for number in range(30):
        assert not try_once("192.0.2.66", **{"X-Forwarded-For": f"192.0.2.1, 203.0.113.{number}"})
    assert not try_once("192.0.2.66", PASSWORD, **{"X-Forwarded-For": "203.0.113.99"})
    assert try_once("192.0.2.1", PASSWORD)


def test_behind_a_trusted_proxy_the_nearest_foreign_address_counts(settings: Settings) -> None:
    settings.TRUSTED_PROXY_CIDRS = ["10.0.0.0/8"]
    for number in range(5):
        assert not try_once("10.0.0.1", **{"X-Forwarded-For": f"203.0.113.{number}, 192.0.2.66"})
    assert not try_once("10.0.0.1", PASSWORD, **{"X-Forwarded-For": "203.0.113.99, 192.0.2.66"})
    assert try_once("10.0.0.1", PASSWORD, **{"X-Forwarded-For": "192.0.2.66, 192.0.2.7"})


def test_the_addresses_of_one_network_count_as_one() -> None:
    for number in range(20):
        assert not try_once(f"2001:db8::{number:x}", login=f"somebody{number}")
    assert not try_once("2001:db8::ffff", PASSWORD)
    assert try_once("2001:db8:1::1", PASSWORD)


def test_name_and_address_count_however_they_are_written() -> None:
    for login in ("ann", "ANN", "Ann", "aNN", "anN"):
        assert not try_once(login=login)
    assert not try_once(password=PASSWORD)


def test_what_cannot_be_counted_is_not_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any, **__: Any) -> Any:
        raise RedisConnectionError("away")

    web = Client(raise_request_exception=False)
    monkeypatch.setattr("django.core.cache.backends.redis.RedisCacheClient.add", away)
    response = web.post("/accounts/login/", {"login": "ann", "password": PASSWORD})
    assert response.status_code == 500
    assert "_auth_user_id" not in web.session


def test_signing_up_is_limited_by_address() -> None:
    web = Client(REMOTE_ADDR="192.0.2.9")
    answers = [web.post("/accounts/signup/", {"username": ""}).status_code for _ in range(22)]
    assert answers[:20] == [200] * 20
    assert answers[20:] == [429] * 2


def test_a_refusal_is_a_page_that_says_to_wait() -> None:
    web = Client(REMOTE_ADDR="192.0.2.9")
    for _ in range(3):
        assert web.post("/accounts/password/reset/", {"email": "ann@example.org"}).status_code == 302
    response = web.post("/accounts/password/reset/", {"email": "ann@example.org"})
    assert response.status_code == 429
    assert "Please wait a little" in response.content.decode()
