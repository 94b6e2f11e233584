"""The page on which users take their data away."""

import zipfile

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from chatbot.accounts.models import User
from conversations.exports.run import run_export
from conversations.exports.services import MOST, request_export
from conversations.models import Export
from tests.factories import PASSWORD, make_conversation
from tests.integration.accounts.conftest import nothing_counted

__all__ = ["nothing_counted"]

pytestmark = pytest.mark.django_db

PAGE = "/accounts/exports/"
# Session and user, the exports with their conversations.
QUERIES = 4


def log_in(username: str = "ann") -> Client:
    web = Client()
    web.post("/accounts/login/", {"login": username, "password": PASSWORD})
    web.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return web


def test_a_user_gets_a_copy_of_the_account(user: User) -> None:
    make_conversation(user, title="Tea", messages=2)
    web = log_in()
    assert web.post(f"{PAGE}begin/", {"format": "json"})["Location"] == PAGE
    assert "data-running" in web.get(PAGE).content.decode()
    export = Export.objects.get()
    assert run_export(export.pk)
    page = web.get(PAGE).content.decode()
    assert "data-running" not in page
    assert f"/api/v1/exports/{export.pk}/file/" in page
    export.refresh_from_db()
    with export.file.open() as stored:
        assert zipfile.ZipFile(stored).testzip() is None


def test_the_password_is_asked_for_first(user: User) -> None:
    web = Client()
    web.force_login(user)
    assert web.post(f"{PAGE}begin/", {"format": "json"})["Location"].startswith("/accounts/reauthenticate/")
    assert not Export.objects.exists()


@pytest.mark.parametrize("form", ["", "xml", "\x00"])
def test_an_unknown_format_is_told(user: User, form: str) -> None:
    assert "errorlist" in log_in().post(f"{PAGE}begin/", {"format": form}).content.decode()
    assert not Export.objects.exists()


def test_too_many_copies_are_told(user: User) -> None:
    for _ in range(MOST):
        request_export(user=user, form=Export.Format.JSON)
        Export.objects.update(status="failed")
    assert "Delete one first" in log_in().post(f"{PAGE}begin/", {"format": "json"}).content.decode()


def test_a_copy_is_deleted_by_its_owner_only(user: User, other_user: User) -> None:
    export = request_export(user=user, form=Export.Format.JSON)
    assert log_in("bob").post(f"{PAGE}{export.pk}/delete/").status_code == 404
    User.objects.filter(pk=user.pk).update(legal_hold=True)
    assert "legal hold" in log_in().post(f"{PAGE}{export.pk}/delete/", follow=True).content.decode()
    User.objects.filter(pk=user.pk).update(legal_hold=False)
    assert log_in().post(f"{PAGE}{export.pk}/delete/")["Location"] == PAGE
    assert not Export.objects.exists()


def test_the_page_costs_the_same_for_many(user: User, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    web = log_in()
    for number in range(8):
        conversation = make_conversation(user, title=f"Talk {number}")
        request_export(user=user, form=Export.Format.MARKDOWN, conversation_id=conversation.pk)
    web.get(PAGE)
    with django_assert_max_num_queries(QUERIES):
        assert "Talk 7" in web.get(PAGE).content.decode()


def test_strangers_are_sent_to_sign_in() -> None:
    assert Client().get(PAGE)["Location"].startswith("/accounts/login/")
    assert Client().get(f"{PAGE}begin/").status_code == 405
