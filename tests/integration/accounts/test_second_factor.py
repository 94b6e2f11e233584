"""A second factor is asked for by name, its codes are good once, and its secrets are sealed."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from allauth.core.context import request_context
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from cryptography.fernet import Fernet
from django.test import Client, RequestFactory
from pytest_django import Settings

from chatbot.accounts.models import User
from chatbot.accounts.second_factor import check_code, has_second_factor, reseal_secrets
from chatbot.lib.errors import RateLimited
from chatbot.lib.redis import sync_redis
from tests.factories import make_user
from tests.integration.accounts.codes import code_of

pytestmark = pytest.mark.django_db

WRONG = "000000"


@pytest.fixture(autouse=True)
def request_at_hand() -> Iterator[None]:
    """Codes are checked while a request is served, in one moment; afterwards nothing is counted any more."""
    with request_context(RequestFactory().post("/")), time_machine.travel(datetime.now(UTC), tick=False):
        yield
    for key in sync_redis().scan_iter("*allauth*"):
        sync_redis().delete(key)


@pytest.fixture
def secret(user: User) -> str:
    """The secret of the app of `user`."""
    secret: str = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def test_without_an_app_or_a_passkey_there_is_no_second_factor(user: User) -> None:
    assert not has_second_factor(user)
    assert not check_code(user, WRONG)


def test_recovery_codes_alone_are_no_second_factor(user: User) -> None:
    RecoveryCodes.activate(user)
    assert not has_second_factor(user)


def test_the_code_of_the_app_is_good_once(user: User, secret: str) -> None:
    assert has_second_factor(user)
    code = code_of(secret)
    assert check_code(user, code)
    assert not check_code(user, code)


def test_a_recovery_code_is_good_once(user: User, secret: str) -> None:
    code = RecoveryCodes.activate(user).get_unused_codes()[0]
    assert check_code(user, code)
    assert not check_code(user, code)


def test_the_code_of_another_user_opens_nothing(user: User, secret: str) -> None:
    other = make_user("bob")
    TOTP.activate(other, generate_totp_secret())
    assert not check_code(other, code_of(secret))


@pytest.mark.parametrize("code", ["", " ", "-", "0" * 10_000, "\ud800", "\x00", "१२३४५६", "None"])
def test_what_is_no_code_is_only_wrong(user: User, secret: str, code: str) -> None:
    RecoveryCodes.activate(user)
    assert not check_code(user, code)


def test_guessing_codes_ends_after_a_few_even_with_the_right_one(user: User, secret: str) -> None:
    for _ in range(5):
        assert not check_code(user, WRONG)
    with pytest.raises(RateLimited) as refusal:
        check_code(user, code_of(secret))
    assert refusal.value.retry_after


def test_good_codes_do_not_count_as_guesses(user: User) -> None:
    for code in RecoveryCodes.activate(user).get_unused_codes():
        assert check_code(user, code)


def test_secrets_move_to_a_new_key(user: User, secret: str, settings: Settings) -> None:
    RecoveryCodes.activate(user)
    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    Authenticator.objects.create(user=user, type="webauthn", data={"name": "Laptop", "credential": {"id": "x"}})
    new = Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new, *settings.ENCRYPTION_KEYS]
    assert reseal_secrets() == 2
    settings.ENCRYPTION_KEYS = [new]
    assert check_code(user, code_of(secret))
    assert check_code(user, codes[0])
    assert Authenticator.objects.get(type="webauthn").data["name"] == "Laptop"


def test_staff_seal_all_secrets_anew(staff_client: Client, secret: str) -> None:
    (row,) = Authenticator.objects.all()
    form = {"action": "reseal", "_selected_action": [row.pk]}
    page = staff_client.post("/admin/mfa/authenticator/", form, follow=True)
    assert "1 secret was sealed." in page.content.decode()
    assert Authenticator.objects.get().data["secret"] != row.data["secret"]


@pytest.mark.parametrize("make", [lambda user: TOTP.activate(user, "A" * 32), RecoveryCodes.activate])
def test_no_secret_lies_open_in_the_database(user: User, make: Callable[[User], object]) -> None:
    make(user)
    (stored,) = Authenticator.objects.values_list("data", flat=True)
    sealed = stored.get("secret") or stored["seed"]
    assert sealed.startswith("gAAAA")
    assert "A" * 32 not in sealed
