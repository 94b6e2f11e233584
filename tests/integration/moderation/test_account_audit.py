"""What happens to accounts is on record."""

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks
from rest_framework.test import APIClient

from chatbot.accounts.models import AccessKey, User
from chatbot.accounts.services import create_access_key, revoke_access_key
from chatbot.accounts.signals import account_deleted
from moderation.models import AuditEntry
from tests.factories import PASSWORD, make_staff
from tests.integration.accounts.codes import code_of
from tests.integration.accounts.conftest import nothing_counted

__all__ = ["nothing_counted"]

pytestmark = pytest.mark.django_db


def log_in() -> Client:
    web = Client(REMOTE_ADDR="192.0.2.1", headers={"User-Agent": "curl/8"})
    web.post("/accounts/login/", {"login": "ann", "password": PASSWORD})
    web.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return web


def the(action: str) -> dict[str, Any]:
    """The details of the only entry of this action, with its actor."""
    entry = AuditEntry.objects.get(action=action)
    return {"actor": entry.actor_label, "target": entry.target_type, **entry.details}


def test_signing_in_and_out_is_on_record_with_where_from(user: User) -> None:
    web = log_in()
    expected = {"actor": "ann", "target": "user", "address": "192.0.2.1", "device": "curl/8"}
    assert the("signed_in") == {**expected, "methods": ["password"]}
    web.post("/accounts/logout/")
    assert the("signed_out") == expected


def test_a_failed_sign_in_is_on_record_with_the_name_and_without_the_password(user: User) -> None:
    Client().post("/accounts/login/", {"login": "ann", "password": "hunter2"})
    assert the("sign_in_failed")["login"] == "ann"
    assert the("sign_in_failed")["actor"] == ""
    assert not AuditEntry.objects.filter(details__icontains="hunter2").exists()


def test_attempts_that_are_refused_unread_do_not_fill_the_record(user: User) -> None:
    for _ in range(9):
        Client().post("/accounts/login/", {"login": "ann", "password": "wrong"})
    assert AuditEntry.objects.filter(action="sign_in_failed").count() == 5


def test_a_changed_password_is_on_record(user: User) -> None:
    new = "another long and lucky phrase"
    log_in().post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert the("password.changed")["actor"] == "ann"


def test_factors_are_on_record(user: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> None:
    web = log_in()
    page = web.get("/accounts/2fa/totp/activate/").content.decode()
    (secret,) = re.findall(r'data-testid="totp-secret">([A-Z2-7]{32})<', page)
    while not Authenticator.objects.exists():  # a code may end between the two
        with django_capture_on_commit_callbacks(execute=True):
            web.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    types = [entry.details["type"] for entry in AuditEntry.objects.filter(action="second_factor.added")]
    assert sorted(types) == ["recovery_codes", "totp"]
    other = Client()
    other.post("/accounts/login/", {"login": "ann", "password": PASSWORD})
    other.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert the("second_factor.failed")["type"] == "totp"
    web.post("/accounts/2fa/totp/deactivate/")
    removed = AuditEntry.objects.filter(action="second_factor.removed")
    assert sorted(entry.details["type"] for entry in removed) == ["recovery_codes", "totp"]
    assert secret not in str(list(AuditEntry.objects.values_list("details", flat=True)))


def test_keys_are_on_record_by_whichever_door(user: User) -> None:
    web = log_in()
    web.post("/accounts/programs/keys/", {"name": "script", "scope": "read", "lifetime": ""})
    assert (the("access_key.created")["name"], the("access_key.created")["address"]) == ("script", "192.0.2.1")
    web.post(f"/accounts/programs/keys/{AccessKey.objects.get().pk}/revoke/")
    assert the("access_key.revoked")["actor"] == "ann"


def test_the_record_names_the_staff_who_revoked_a_key(user: User) -> None:
    key, _ = create_access_key(user=user, name="script")
    web = Client()
    web.force_login(make_staff())
    web.post("/admin/accounts/accesskey/", {"action": "revoke", "_selected_action": [str(key.pk)]})
    assert the("access_key.revoked")["actor"] == "root"


def test_using_a_key_is_not_on_record(user: User) -> None:
    key, secret = create_access_key(user=user, name="script")
    APIClient(headers={"Authorization": f"Bearer {secret}"}).get("/api/v1/conversations/")
    revoke_access_key(key=key)
    revoke_access_key(key=key)
    assert AuditEntry.objects.filter(target_type="access_key").count() == 2


def test_ended_sessions_are_on_record(user: User) -> None:
    log_in()
    log_in().post("/accounts/sessions/end-others/")
    assert the("sessions.ended") == {"actor": "ann", "target": "user", "count": 1}


def test_a_closed_account_is_on_record_and_so_is_its_end(user: User) -> None:
    log_in().post("/accounts/delete/", {"username": "ann"})
    assert the("account.deletion_requested")["address"] == "192.0.2.1"
    account_deleted.send(sender=User, user_id=user.pk, label="ann")
    assert the("account.deleted") == {"actor": "", "target": "user", "username": "ann"}
