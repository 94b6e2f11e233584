"""Sign-up, log-in and log-out in a browser without scripts."""

import pytest
from django.test import Client
from pytest_django import Settings

from chatbot.accounts.models import User
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

NEW = {"username": "carla", "email": "carla@example.org", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture
def browser() -> Client:
    """A browser whose forms need their CSRF token."""
    return Client(enforce_csrf_checks=True)


def post(browser: Client, path: str, **fields: str) -> object:
    page = browser.get(path)
    assert page.status_code == 200
    token = browser.cookies["csrftoken"].value
    return browser.post(path, {**fields, "csrfmiddlewaretoken": token})


def test_a_stranger_is_sent_to_log_in_and_back(browser: Client) -> None:
    response = browser.get("/")
    assert response.status_code == 302
    assert response["Location"] == "/accounts/login/?next=/"


def test_signing_up_makes_a_user_who_is_logged_in_and_may_chat(browser: Client) -> None:
    response = post(browser, "/accounts/signup/", **NEW)
    assert response["Location"] == "/"  # type: ignore[index]
    user = User.objects.get(username="carla")
    assert user.may_use_chat
    assert user.tier.is_default
    assert not user.is_staff
    assert user.password.startswith("argon2$")
    assert browser.get("/").status_code == 200


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
def test_signing_up_with_a_mistake_shows_the_form_again(browser: Client, wrong: dict[str, str]) -> None:
    make_user("ann")
    response = post(browser, "/accounts/signup/", **{**NEW, **wrong})
    assert response.status_code == 200  # type: ignore[attr-defined]
    assert User.objects.count() == 1


def test_closed_sign_up_makes_nobody(settings: Settings, browser: Client) -> None:
    settings.SIGNUP_OPEN = False
    page = browser.get("/accounts/signup/")
    assert page.status_code == 200
    assert b"password1" not in page.content
    Client().post("/accounts/signup/", NEW)
    assert not User.objects.exists()


@pytest.mark.parametrize("login", ["ann", "ann@example.org"])
def test_a_user_logs_in_by_name_or_address(browser: Client, login: str) -> None:
    make_user("ann", email="ann@example.org")
    response = post(browser, "/accounts/login/", login=login, password=PASSWORD)
    assert response["Location"] == "/"  # type: ignore[index]
    assert browser.get("/").status_code == 200


@pytest.mark.parametrize(("login", "password"), [("ann", "wrong"), ("nobody", PASSWORD), ("", "")])
def test_wrong_credentials_open_nothing(browser: Client, login: str, password: str) -> None:
    make_user("ann")
    response = post(browser, "/accounts/login/", login=login, password=password)
    assert response.status_code == 200  # type: ignore[attr-defined]
    assert browser.get("/").status_code == 302


def test_guessing_passwords_is_slowed_down() -> None:
    make_user("ann")
    browser = Client()
    for number in range(12):
        browser.post("/accounts/login/", {"login": "ann", "password": f"guess {number}"})
    browser.post("/accounts/login/", {"login": "ann", "password": PASSWORD})
    assert browser.get("/").status_code == 302


def test_an_inactive_user_does_not_get_in(browser: Client) -> None:
    make_user("ann", is_active=False)
    post(browser, "/accounts/login/", login="ann", password=PASSWORD)
    assert browser.get("/").status_code == 302


def test_logging_out_asks_first_and_then_ends_the_session(user: User, browser: Client) -> None:
    browser.force_login(user)
    assert browser.get("/accounts/logout/").status_code == 200
    assert browser.get("/").status_code == 200
    response = post(browser, "/accounts/logout/")
    assert response["Location"] == "/accounts/login/"  # type: ignore[index]
    assert browser.get("/").status_code == 302


@pytest.mark.parametrize(
    "path",
    ["/accounts/email/", "/accounts/password/change/", "/accounts/password/reset/", "/accounts/inactive/"],
)
def test_the_other_account_pages_open(user: User, path: str) -> None:
    browser = Client()
    if "reset" not in path:
        browser.force_login(user)
    assert browser.get(path).status_code == 200


def test_a_user_who_may_not_chat_sees_no_chat_page(browser: Client) -> None:
    browser.force_login(make_user("ann", can_use_chat=False))
    assert browser.get("/").status_code == 403
