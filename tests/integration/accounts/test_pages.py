"""Sign-up, log-in and log-out in a browser without scripts."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from chatbot.accounts.models import User
from chatbot.lib.redis import sync_redis
from chatbot.settings import security
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

NEW = {"username": "carla", "email": "carla@example.org", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture(autouse=True)
def no_limits_left() -> Iterator[None]:
    """What allauth counted for this address is forgotten, so that no test slows down another."""
    yield
    for key in sync_redis().scan_iter("*allauth:rl:*"):
        sync_redis().delete(key)


@pytest.fixture
def web() -> Client:
    """A browser whose forms need their CSRF token."""
    return Client(enforce_csrf_checks=True)


def post(web: Client, path: str, **fields: str) -> Any:
    page = web.get(path)
    assert page.status_code == 200
    token = web.cookies["csrftoken"].value
    return web.post(path, {**fields, "csrfmiddlewaretoken": token})


def test_a_stranger_is_sent_to_log_in_and_back(web: Client) -> None:
    response = web.get("/")
    assert response.status_code == 302
    assert response["Location"] == "/accounts/login/?next=/"


def test_signing_up_makes_a_user_who_is_logged_in_and_may_chat(web: Client) -> None:
    response = post(web, "/accounts/signup/", **NEW)
    assert response["Location"] == "/"
    user = User.objects.get(username="carla")
    assert user.may_use_chat
    assert user.tier.is_default
    assert not user.is_staff
    assert web.get("/").status_code == 200


def test_passwords_are_kept_as_argon2_hashes(settings: Settings, web: Client) -> None:
    settings.PASSWORD_HASHERS = security.PASSWORD_HASHERS
    post(web, "/accounts/signup/", **NEW)
    assert User.objects.get(username="carla").password.startswith("argon2$")


@pytest.mark.parametrize(
    "wrong",
    [
        {"password2": "another"},
        {"password1": "password", "password2": "password"},
        {"username": ""},
        {"username": "ANN"},
        {"email": "no address"},
    ],
)
def test_signing_up_with_a_mistake_shows_the_form_again(web: Client, wrong: dict[str, str]) -> None:
    make_user("ann")
    response = post(web, "/accounts/signup/", **{**NEW, **wrong})
    assert response.status_code == 200
    assert User.objects.count() == 1


def test_closed_sign_up_makes_nobody(settings: Settings, web: Client) -> None:
    settings.SIGNUP_OPEN = False
    page = web.get("/accounts/signup/")
    assert page.status_code == 200
    assert b"password1" not in page.content
    Client().post("/accounts/signup/", NEW)
    assert not User.objects.exists()


@pytest.mark.parametrize("login", ["ann", "ann@example.org"])
def test_a_user_logs_in_by_name_or_address(web: Client, login: str) -> None:
    make_user("ann", email="ann@example.org")
    response = post(web, "/accounts/login/", login=login, password=PASSWORD)
    assert response["Location"] == "/"
    assert web.get("/").status_code == 200


@pytest.mark.parametrize(("login", "password"), [("ann", "wrong"), ("nobody", PASSWORD), ("", "")])
def test_wrong_credentials_open_nothing(web: Client, login: str, password: str) -> None:
    make_user("ann")
    response = post(web, "/accounts/login/", login=login, password=password)
    assert response.status_code == 200
    assert web.get("/").status_code == 302


def test_guessing_passwords_is_slowed_down() -> None:
    make_user("ann")
    web = Client()
    for number in range(12):
        web.post("/accounts/login/", {"login": "ann", "password": f"guess {number}"})
    assert sync_redis().keys("*allauth:rl:*")
    web.post("/accounts/login/", {"login": "ann", "password": PASSWORD})
    assert web.get("/").status_code == 302


def test_an_inactive_user_does_not_get_in(web: Client) -> None:
    make_user("ann", is_active=False)
    post(web, "/accounts/login/", login="ann", password=PASSWORD)
    assert web.get("/").status_code == 302


def test_logging_out_asks_first_and_then_ends_the_session(user: User, web: Client) -> None:
    web.force_login(user)
    assert web.get("/accounts/logout/").status_code == 200
    assert web.get("/").status_code == 200
    response = post(web, "/accounts/logout/")
    assert response["Location"] == "/accounts/login/"
    assert web.get("/").status_code == 302


@pytest.mark.parametrize(
    "path",
    ["/accounts/email/", "/accounts/password/change/", "/accounts/password/reset/", "/accounts/inactive/"],
)
def test_the_other_account_pages_open(user: User, path: str) -> None:
    web = Client()
    if "reset" not in path:
        web.force_login(user)
    assert web.get(path).status_code == 200


def test_a_user_who_may_not_chat_sees_no_chat_page(web: Client) -> None:
    web.force_login(make_user("ann", can_use_chat=False))
    assert web.get("/").status_code == 403
