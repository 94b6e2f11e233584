"""Nobody learns from the pages who has an account; and a forgotten password is replaced by mail."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.test import Client
from pytest_django import Settings

from chatbot.accounts.models import User
from tests.factories import make_user

pytestmark = pytest.mark.django_db

NEW = "another long and lucky phrase"


@pytest.fixture(autouse=True)
def ann(db: Any) -> User:
    user = make_user("ann", email="ann@example.org")
    EmailAddress.objects.create(user=user, email="ann@example.org", verified=True, primary=True)
    return user


def without_names(response: Any) -> str:
    """The page without what was typed into it and what differs every time."""
    text = re.sub(r'value="[^"]*"', "", response.content.decode())
    return f"{response.status_code} {response.headers.get('Location')} {text}"


def test_a_wrong_name_and_a_wrong_password_get_the_same_answer() -> None:
    answers = {
        without_names(Client().post("/accounts/login/", {"login": login, "password": "wrong"}))
        for login in ("ann", "nobody")
    }
    assert len(answers) == 1


def test_asking_for_a_new_password_gets_the_same_answer_with_and_without_an_account() -> None:
    answers = {
        without_names(Client().post("/accounts/password/reset/", {"email": address}))
        for address in ("ann@example.org", "nobody@example.org")
    }
    assert len(answers) == 1
    assert {tuple(message.to) for message in mail.outbox} == {("ann@example.org",), ("nobody@example.org",)}


def test_signing_up_with_a_taken_address_looks_as_with_a_free_one_where_addresses_are_verified(
    settings: Settings,
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    answers = {
        without_names(
            Client().post("/accounts/signup/", {"username": name, "email": address, "password1": NEW, "password2": NEW})
        )
        for name, address in (("bob", "ann@example.org"), ("carla", "carla@example.org"))
    }
    assert len(answers) == 1
    assert not User.objects.filter(username="bob").exists()


def reset_link() -> str:
    (message,) = mail.outbox
    (link,) = re.findall(r"http://testserver(/accounts/password/reset/key/\S+)", str(message.body))
    return str(link)


def test_a_forgotten_password_is_replaced_and_all_sessions_end(ann: User) -> None:
    thief = Client()
    thief.force_login(ann)
    web = Client()
    web.post("/accounts/password/reset/", {"email": "ANN@example.org"})
    page = web.get(reset_link(), follow=True)
    form = page.redirect_chain[-1][0]
    response = web.post(form, {"password1": NEW, "password2": NEW})
    assert response["Location"] == "/accounts/password/reset/key/done/"
    assert web.get(response["Location"]).status_code == 200
    assert thief.get("/").status_code == 302
    assert User.objects.get().check_password(NEW)
    assert web.post("/accounts/login/", {"login": "ann", "password": NEW})["Location"] == "/"


def test_a_reset_link_works_once(ann: User) -> None:
    web = Client()
    web.post("/accounts/password/reset/", {"email": "ann@example.org"})
    link = reset_link()
    web.post(web.get(link)["Location"], {"password1": NEW, "password2": NEW})
    again = Client().get(link, follow=True)
    assert "This link is spent" in again.content.decode()


def test_a_new_password_does_not_lift_the_second_factor(ann: User) -> None:
    TOTP.activate(ann, generate_totp_secret())
    web = Client()
    web.post("/accounts/password/reset/", {"email": "ann@example.org"})
    web.post(web.get(reset_link())["Location"], {"password1": NEW, "password2": NEW})
    assert web.post("/accounts/login/", {"login": "ann", "password": NEW})["Location"] == "/accounts/2fa/authenticate/"
    assert Authenticator.objects.filter(type="totp").exists()


def test_a_reset_link_leads_to_a_host_of_ours_only(settings: Settings) -> None:
    response = Client(raise_request_exception=False).post(
        "/accounts/password/reset/", {"email": "ann@example.org"}, headers={"Host": "evil.example"}
    )
    assert response.status_code == 400
    assert not mail.outbox
