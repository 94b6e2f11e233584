"""Setting up a second factor and signing in with it, and the admin's door."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.usersessions.models import UserSession
from django.test import Client
from pytest_django import Settings

from chatbot.accounts.models import User
from moderation.models import AuditEntry
from tests.factories import PASSWORD, make_staff, make_user
from tests.integration.accounts.codes import code_of

pytestmark = pytest.mark.django_db

AUTHENTICATE = "/accounts/2fa/authenticate/"
LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def one_moment() -> Any:
    """A code is good for half a minute: no test begins in one and ends in the next."""
    with time_machine.travel(datetime.now(UTC), tick=False):
        yield


def log_in(username: str = "ann", then: str = "") -> Client:
    """A browser that has sent the password."""
    web = Client()
    web.post(LOGIN + (f"?next={then}" if then else ""), {"login": username, "password": PASSWORD})
    return web


def confirm(web: Client) -> None:
    """Types the password again."""
    assert web.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302


def protect(user: User) -> str:
    """Gives the user an app; gives its secret."""
    secret: str = generate_totp_secret()
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return secret


def test_a_user_sets_up_an_app_and_gets_recovery_codes(user: User) -> None:
    web = log_in()
    assert web.get("/accounts/2fa/totp/activate/")["Location"].startswith("/accounts/reauthenticate/")
    confirm(web)
    page = web.get("/accounts/2fa/totp/activate/").content.decode()
    (secret,) = re.findall(r'data-testid="totp-secret">([A-Z2-7]{32})<', page)
    assert 'src="data:image/svg+xml' in page
    response = web.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    assert response["Location"] == "/accounts/2fa/recovery-codes/"
    codes = re.findall(r"\b\d{8}\b", web.get(response["Location"]).content.decode())
    assert len(codes) == 10
    assert Authenticator.objects.filter(user=user).count() == 2


def test_a_wrong_code_sets_up_nothing(user: User) -> None:
    web = log_in()
    confirm(web)
    web.get("/accounts/2fa/totp/activate/")
    assert "Incorrect code" in web.post("/accounts/2fa/totp/activate/", {"code": "000000"}).content.decode()
    assert not Authenticator.objects.exists()


def test_the_password_alone_opens_nothing_any_more(user: User) -> None:
    secret = protect(user)
    web = log_in()
    assert web.get("/").status_code == 302
    assert web.get("/api/v1/conversations/").status_code == 401
    assert web.get(AUTHENTICATE).status_code == 200
    assert web.post(AUTHENTICATE, {"code": "000000"}).status_code == 200
    assert web.get("/").status_code == 302
    assert web.post(AUTHENTICATE, {"code": code_of(secret)})["Location"] == "/"
    assert web.get("/").status_code == 200


def test_a_recovery_code_opens_the_account_once(user: User) -> None:
    protect(user)
    code = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    assert log_in().post(AUTHENTICATE, {"code": code})["Location"] == "/"
    assert log_in().post(AUTHENTICATE, {"code": code}).status_code == 200


def test_guessing_codes_is_slowed_down(user: User) -> None:
    secret = protect(user)
    for _ in range(5):
        log_in().post(AUTHENTICATE, {"code": "000000"})
    assert log_in().post(AUTHENTICATE, {"code": code_of(secret)}).status_code == 200


def test_turning_it_off_needs_a_proof_and_takes_the_recovery_codes_along(user: User) -> None:
    secret = protect(user)
    web = log_in()
    web.post(AUTHENTICATE, {"code": code_of(secret)})
    assert web.post("/accounts/2fa/totp/deactivate/")["Location"].startswith("/accounts/")
    assert Authenticator.objects.count() == 2
    confirm(web)
    assert web.post("/accounts/2fa/totp/deactivate/")["Location"] == "/accounts/2fa/"
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize(
    "path",
    [
        "",
        "totp/deactivate/",
        "webauthn/",
        "webauthn/add/",
        "recovery-codes/",
        "recovery-codes/generate/",
        "recovery-codes/download/",
        "reauthenticate/",
    ],
)
def test_the_pages_of_the_second_factor_open(user: User, path: str) -> None:
    secret = protect(user)
    web = log_in()
    web.post(AUTHENTICATE, {"code": code_of(secret)})
    confirm(web)
    assert web.get(f"/accounts/2fa/{path}").status_code == 200


def test_the_admin_has_no_log_in_of_its_own() -> None:
    staff = make_staff()
    secret = protect(staff)
    web = Client()
    door = web.get("/admin/", follow=True)
    assert door.redirect_chain[-1][0] == f"{LOGIN}?next=%2Fadmin%2F"
    web.post("/admin/login/", {"username": "root", "password": PASSWORD})
    assert web.get("/admin/").status_code == 302
    web = log_in("root", "/admin/")
    assert web.get("/admin/").status_code == 302
    assert web.post(AUTHENTICATE, {"code": code_of(secret)})["Location"] == "/admin/"
    assert web.get("/admin/").status_code == 200


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "/admin/login/", "javascript:x"])
def test_the_admins_door_leads_to_its_own_pages_only(target: str) -> None:
    response = Client().get("/admin/login/", {"next": target})
    assert response["Location"] == f"{LOGIN}?next=%2Fadmin%2F"


def test_who_is_not_staff_finds_no_way_into_the_admin(user: User) -> None:
    web = log_in()
    assert web.get("/admin/", follow=True).status_code == 403


def test_the_admins_page_for_passwords_is_everybodys() -> None:
    make_staff()
    assert log_in("root").get("/admin/password_change/")["Location"] == "/accounts/password/change/"


def test_staff_without_a_second_factor_set_one_up_first_where_that_is_asked(settings: Settings) -> None:
    settings.REQUIRE_STAFF_MFA = True
    staff = make_staff()
    web = log_in("root")
    page = web.get("/admin/", follow=True)
    assert page.redirect_chain[-1][0] == "/accounts/2fa/"
    assert "with a second factor only" in page.content.decode()
    # The session from before the factor was set up has not shown it.
    secret = protect(staff)
    page = web.get("/admin/", follow=True)
    assert page.redirect_chain[-1][0] == "/accounts/2fa/reauthenticate/?next=%2Fadmin%2F"
    response = web.post(page.redirect_chain[-1][0], {"code": code_of(secret)})
    assert response["Location"] == "/admin/"
    assert web.get("/admin/").status_code == 200
    Authenticator.objects.all().delete()
    assert web.get("/admin/").status_code == 302


def test_staff_may_do_without_where_it_is_not_asked() -> None:
    make_staff()
    assert log_in("root").get("/admin/").status_code == 200


def test_nobody_sees_the_factors_of_others(user: User) -> None:
    bob = make_user("bob")
    theirs = Authenticator.objects.create(user=bob, type="webauthn", data={"name": "Bob's", "credential": {"id": "x"}})
    web = log_in()
    confirm(web)
    assert web.get(f"/accounts/2fa/webauthn/keys/{theirs.pk}/remove/").status_code == 404
    assert web.post(f"/accounts/2fa/webauthn/keys/{theirs.pk}/remove/").status_code == 404
    assert Authenticator.objects.filter(pk=theirs.pk).exists()


def test_staff_take_away_a_lost_factor_and_see_no_secret(user: User) -> None:
    secret = protect(user)
    make_staff()
    web = log_in("root")
    app = Authenticator.objects.get(type="totp")
    page = web.get(f"/admin/mfa/authenticator/{app.pk}/change/").content.decode()
    assert secret not in page
    assert app.data["secret"] not in page
    web.post(f"/admin/mfa/authenticator/{app.pk}/delete/", {"post": "yes"})
    assert not Authenticator.objects.exists()
    entries = AuditEntry.objects.filter(action="second_factor.removed")
    assert [(entry.actor_label, entry.target_id) for entry in entries] == [("root", str(user.pk))] * 2


def test_staff_end_a_session(user: User) -> None:
    make_staff()
    theirs, web = log_in(), log_in("root")
    session = UserSession.objects.get(user=user)
    web.post(
        "/admin/usersessions/usersession/",
        {"action": "delete_selected", "_selected_action": [session.pk], "post": "yes"},
    )
    assert theirs.get("/").status_code == 302
    assert web.get("/").status_code == 200
