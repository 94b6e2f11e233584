"""A user closes their account: at once for everybody who uses it."""

import pytest
from django.test import Client
from rest_framework.test import APIClient

from chatbot.accounts.deletion import LAST_ADMINISTRATOR, request_deletion
from chatbot.accounts.models import User
from chatbot.accounts.services import create_access_key
from chatbot.accounts.token_services import issue_tokens
from chatbot.lib.errors import Forbidden
from tests.factories import PASSWORD, make_staff, make_user

pytestmark = pytest.mark.django_db

PAGE = "/accounts/delete/"


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the tasks that were handed to Celery."""
    names: list[str] = []
    monkeypatch.setattr("chatbot.accounts.deletion.enqueue_on_commit", names.append)
    return names


def log_in(username: str = "ann") -> Client:
    web = Client()
    web.post("/accounts/login/", {"login": username, "password": PASSWORD})
    web.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return web


def test_the_account_is_closed_at_once_and_its_end_is_handed_on(user: User, sent: list[str]) -> None:
    _, secret = create_access_key(user=user, name="script")
    access = issue_tokens(user=user).access
    other, web = log_in(), log_in()
    response = web.post(PAGE, {"username": "ann"})
    assert response["Location"] == "/accounts/login/"
    assert "Your account is closed" in web.get(response["Location"]).content.decode()
    assert [one.get("/").status_code for one in (web, other)] == [302, 302]
    for proof in (secret, access):
        assert APIClient(headers={"Authorization": f"Bearer {proof}"}).get("/api/v1/conversations/").status_code == 401
    user.refresh_from_db()
    assert not user.is_active
    assert user.deletion_requested_at is not None
    assert sent == ["conversations.delete_accounts"]
    assert Client().post("/accounts/login/", {"login": "ann", "password": PASSWORD}).status_code == 200


def test_the_password_is_asked_for_first(user: User) -> None:
    web = Client()
    web.post("/accounts/login/", {"login": "ann", "password": PASSWORD})
    assert web.get(PAGE)["Location"].startswith("/accounts/reauthenticate/")
    assert web.post(PAGE, {"username": "ann"})["Location"].startswith("/accounts/reauthenticate/")
    user.refresh_from_db()
    assert user.is_active


@pytest.mark.parametrize("typed", ["", "bob", "ANN", "ann\x00", "a" * 200])
def test_the_name_must_be_typed(user: User, typed: str) -> None:
    web = log_in()
    assert web.get(PAGE).status_code == 200
    assert web.post(PAGE, {"username": typed}).status_code == 200
    user.refresh_from_db()
    assert user.is_active


def test_under_a_legal_hold_nothing_is_deleted_and_the_page_says_so(user: User, sent: list[str]) -> None:
    web = log_in()
    User.objects.update(legal_hold=True)
    page = web.get(PAGE).content.decode()
    assert "legal hold" in page
    assert "Delete my account" not in page
    assert "legal hold" in web.post(PAGE, {"username": "ann"}).content.decode()
    user.refresh_from_db()
    assert user.is_active
    assert sent == []


def test_the_last_administrator_stays() -> None:
    root = make_staff()
    web = log_in("root")
    assert LAST_ADMINISTRATOR in web.post(PAGE, {"username": "root"}).content.decode()
    with pytest.raises(Forbidden):
        request_deletion(user=root)
    make_staff("second")
    request_deletion(user=root)
    assert not User.objects.get(username="root").is_active


def test_an_administrator_who_is_switched_off_does_not_count() -> None:
    root = make_staff()
    make_staff("second", is_active=False)
    make_user("ann")
    with pytest.raises(Forbidden):
        request_deletion(user=root)
