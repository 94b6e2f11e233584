"""A new password ends every credential from before; a stronger hash of the same one does not."""

import pytest
from asgiref.sync import async_to_sync
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from chatbot.accounts.models import User
from chatbot.accounts.services import end_credentials
from tests.factories import PASSWORD, make_user

NEW = "quite another password"


def version(user: User) -> int:
    return User.objects.values_list("credentials_version", flat=True).get(pk=user.pk)


@pytest.mark.parametrize("fields", [None, ["password"], ["password", "email"]])
def test_a_new_password_raises_the_version(user: User, fields: list[str] | None) -> None:
    user.set_password(NEW)
    user.save(update_fields=fields)
    assert version(user) == user.credentials_version == 1
    user.save()
    assert version(user) == 1


@pytest.mark.parametrize("lock", [lambda user: user.set_unusable_password(), lambda user: user.set_password(None)])
def test_taking_the_password_away_raises_it_too(user: User, lock: object) -> None:
    lock(user)  # type: ignore[operator]
    user.save()
    assert version(user) == 1


def test_a_password_that_is_not_saved_yet_raises_nothing(user: User) -> None:
    user.set_password(NEW)
    user.save(update_fields=["email"])
    assert version(user) == 0
    user.save()
    assert version(user) == 1


def test_two_changes_from_two_copies_of_a_user_count_twice(user: User) -> None:
    first, second = User.objects.get(pk=user.pk), User.objects.get(pk=user.pk)
    for copy in (first, second):
        copy.set_password(NEW)
        copy.save()
    assert version(user) == second.credentials_version == 2


def test_a_stronger_hash_of_the_same_password_raises_nothing(user: User, settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher", *settings.PASSWORD_HASHERS]
    before = user.password
    assert user.check_password(PASSWORD)
    assert user.password != before
    assert version(user) == 0


def test_nor_when_that_is_found_out_asynchronously(user: User, settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher", *settings.PASSWORD_HASHERS]
    assert async_to_sync(user.acheck_password)(PASSWORD)
    assert user.password.startswith("pbkdf2")
    assert version(user) == 0


def test_other_changes_of_a_user_raise_nothing(user: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        user.save()
    assert version(user) == 0


def test_a_new_user_begins_at_nought(db: None) -> None:
    user = User(username="eve")
    user.set_password(PASSWORD)
    user.save()
    assert version(user) == version(make_user("fay")) == 0


def test_the_browser_that_changes_the_password_stays_logged_in_and_the_others_do_not(user: User) -> None:
    own, other = Client(), Client()
    for browser in (own, other):
        browser.force_login(user)
    fields = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert own.post("/accounts/password/change/", fields).status_code == 302
    assert own.get("/api/v1/models/").status_code == 200
    assert other.get("/api/v1/models/").status_code == 401


def test_all_credentials_end_at_once_and_the_password_stays(user: User) -> None:
    browser = Client()
    browser.force_login(user)
    end_credentials(user=user)
    assert browser.get("/api/v1/models/").status_code == 401
    assert User.objects.get(pk=user.pk).check_password(PASSWORD)


def test_sessions_live_on_under_the_secret_before(user: User, settings: Settings) -> None:
    browser = Client()
    browser.force_login(user)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret that is as long as a secret ought to be, and longer"
    assert browser.get("/api/v1/models/").status_code == 200
