"""The account pages: what they show, what they change, and that nobody changes what is another's."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from chatbot.accounts.models import AccessKey, User
from chatbot.accounts.services import MAX_KEYS, create_access_key, revoke_access_key
from chatbot.accounts.token_services import issue_tokens, revoke_family
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

PAGES = ["", "profile/", "sessions/", "programs/", "email/", "password/change/", "2fa/", "3rdparty/", "logout/"]
# The session, the user; then factors, address, connections, sessions twice, keys, programs, plan.
OVERVIEW_QUERIES = 12


def log_in(username: str = "ann") -> Client:
    """A browser in which the user has typed the password, twice."""
    web = Client()
    web.post("/accounts/login/", {"login": username, "password": PASSWORD})
    web.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return web


def text_of(response: Any) -> str:
    """What the page says, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_for_its_user_and_for_nobody_else(user: User, page: str) -> None:
    assert log_in().get(f"/accounts/{page}").status_code == 200
    stranger = Client().get(f"/accounts/{page}")
    assert stranger.status_code == 302
    assert page == "logout/" or stranger["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("page", PAGES)
def test_no_page_has_scripts_or_styles_inside(user: User, page: str) -> None:
    web = log_in()
    issue_tokens(user=user, user_agent="curl/8")
    create_access_key(user=user, name="script")
    text = web.get(f"/accounts/{page}").content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", text)
    assert not re.search(r"\s(style|on[a-z]+)=", text)


def test_the_overview_tells_how_the_account_stands(user: User) -> None:
    web = log_in()
    text = text_of(web.get("/accounts/"))
    assert "Username ann" in text
    assert "Second factor Off" in text
    assert "Signed in on 1 device" in text
    assert "0 in use" in text
    create_access_key(user=user, name="script")
    issue_tokens(user=user)
    text = text_of(web.get("/accounts/"))
    assert "1 in use" in text
    assert "1 signed in" in text


def test_the_overview_costs_the_same_however_much_there_is(
    user: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    web = log_in()
    for number in range(10):
        create_access_key(user=user, name=f"key {number}")
        issue_tokens(user=user)
        Client().force_login(user)
    web.get("/accounts/")
    with django_assert_max_num_queries(OVERVIEW_QUERIES):
        web.get("/accounts/")


def test_names_are_changed(user: User) -> None:
    web = log_in()
    assert web.post("/accounts/profile/", {"first_name": "Ann", "last_name": "Ånström"})["Location"] == "/accounts/"
    user.refresh_from_db()
    assert user.get_full_name() == "Ann Ånström"


@pytest.mark.parametrize("name", ["a" * 151, "nul\x00"])
def test_a_name_that_cannot_be_kept_is_told(user: User, name: str) -> None:
    response = log_in().post("/accounts/profile/", {"first_name": name, "last_name": ""})
    assert response.status_code == 200
    assert "errorlist" in response.content.decode()


def test_a_form_cannot_change_what_it_does_not_show(user: User) -> None:
    log_in().post("/accounts/profile/", {"first_name": "A", "last_name": "B", "is_staff": "on", "username": "root"})
    user.refresh_from_db()
    assert (user.username, user.is_staff) == ("ann", False)


def make_key(web: Client, **fields: str) -> str:
    page = web.post("/accounts/programs/keys/", {"name": "script", "scope": "read", "lifetime": "30", **fields})
    (secret,) = re.findall(r'data-testid="secret">(ck-[^<]+)<', page.content.decode())
    assert "no-store" in page["Cache-Control"]
    return str(secret)


def test_a_key_that_was_made_on_the_page_opens_the_api_and_is_shown_once(user: User) -> None:
    web = log_in()
    secret = make_key(web)
    api = APIClient(headers={"Authorization": f"Bearer {secret}"})
    assert api.get("/api/v1/conversations/").status_code == 200
    assert api.post("/api/v1/conversations/", {}, format="json").status_code == 403
    page = web.get("/accounts/programs/").content.decode()
    assert secret not in page
    assert secret[:8] in page
    key = AccessKey.objects.get()
    assert key.expires_at is not None
    assert timedelta(days=29) < key.expires_at - timezone.now() <= timedelta(days=30)


def test_a_key_may_last_until_it_is_revoked(user: User) -> None:
    make_key(log_in(), lifetime="", scope="chat")
    assert AccessKey.objects.get().expires_at is None


def test_a_key_is_made_only_after_the_password_was_typed_again(user: User) -> None:
    web = Client()
    web.post("/accounts/login/", {"login": "ann", "password": PASSWORD})
    form = {"name": "script", "scope": "chat", "lifetime": "90"}
    asked = web.post("/accounts/programs/keys/", form)
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    assert not AccessKey.objects.exists()
    # What was asked for is done once it is clear who asks.
    page = web.post(asked["Location"], {"password": PASSWORD})
    assert "ck-" in page.content.decode()
    assert AccessKey.objects.get().name == "script"


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"name": "n" * 81}, {"name": "\x00"}, {"scope": "root"}, {"lifetime": "-1"}]
)
def test_a_key_with_a_mistake_is_not_made(user: User, wrong: dict[str, str]) -> None:
    form = {"name": "script", "scope": "chat", "lifetime": "90", **wrong}
    response = log_in().post("/accounts/programs/keys/", form)
    assert response.status_code == 200
    assert "errorlist" in response.content.decode()
    assert not AccessKey.objects.exists()


def test_nobody_has_more_keys_than_can_be_looked_through(user: User) -> None:
    keys = [AccessKey(user=user, name=str(number), key_hash=str(number)) for number in range(MAX_KEYS)]
    AccessKey.objects.bulk_create(keys)
    response = log_in().post("/accounts/programs/keys/", {"name": "one more", "scope": "chat", "lifetime": ""})
    assert "Revoke one first" in response.content.decode()


def test_a_revoked_key_opens_nothing(user: User) -> None:
    web = log_in()
    secret = make_key(web)
    key = AccessKey.objects.get()
    assert web.post(f"/accounts/programs/keys/{key.pk}/revoke/")["Location"] == "/accounts/programs/"
    assert APIClient(headers={"Authorization": f"Bearer {secret}"}).get("/api/v1/conversations/").status_code == 401
    assert "revoked" in text_of(web.get("/accounts/programs/"))


def test_a_program_is_signed_out(user: User) -> None:
    web = log_in()
    access = issue_tokens(user=user, user_agent="script/1.0").access
    api = APIClient(headers={"Authorization": f"Bearer {access}"})
    assert api.get("/api/v1/conversations/").status_code == 200
    assert "script/1.0" in web.get("/accounts/programs/").content.decode()
    family = user.token_families.get()
    assert web.post(f"/accounts/programs/logins/{family.pk}/revoke/")["Location"] == "/accounts/programs/"
    assert api.get("/api/v1/conversations/").status_code == 401


def test_keys_from_before_a_new_password_are_shown_as_ended(user: User) -> None:
    create_access_key(user=user, name="script")
    web = log_in()
    new = "another long and lucky phrase"
    web.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert "ended by a change of the password" in text_of(web.get("/accounts/programs/"))


def test_what_is_another_users_is_not_there(user: User, other_user: User) -> None:
    key, _ = create_access_key(user=other_user, name="theirs")
    issue_tokens(user=other_user)
    family = other_user.token_families.get()
    web = log_in()
    for path in (f"keys/{key.pk}", f"logins/{family.pk}", f"keys/{uuid4()}", f"logins/{uuid4()}"):
        assert web.post(f"/accounts/programs/{path}/revoke/").status_code == 404
    key.refresh_from_db()
    family.refresh_from_db()
    assert (key.revoked_at, family.revoked_at) == (None, None)
    assert "theirs" not in web.get("/accounts/programs/").content.decode()


@pytest.mark.parametrize(
    "path", ["sessions/end-others/", "sessions/1/end/", f"programs/keys/{UUID(int=1)}/revoke/", "programs/keys/"]
)
def test_nothing_changes_by_a_link(user: User, path: str) -> None:
    assert log_in().get(f"/accounts/{path}").status_code == 405


@pytest.mark.parametrize("path", ["sessions/end-others/", "programs/keys/", "profile/", "delete/"])
def test_forms_need_their_token(user: User, path: str) -> None:
    web = Client(enforce_csrf_checks=True)
    web.force_login(user)
    assert web.post(f"/accounts/{path}").status_code == 403


def test_ended_keys_and_programs_do_not_count(user: User) -> None:
    key, _ = create_access_key(user=user, name="old")
    revoke_access_key(key=key)
    create_access_key(user=user, name="expired", expires_at=timezone.now() - timedelta(minutes=1))
    issue_tokens(user=user)
    revoke_family(family=user.token_families.get())
    text = text_of(log_in().get("/accounts/"))
    assert "0 in use" in text
    assert "With your password" not in text


def test_the_first_address_is_the_primary_one(user: User) -> None:
    log_in().post("/accounts/email/", {"email": "first@example.org", "action_add": ""})
    user.refresh_from_db()
    assert user.email == "first@example.org"


def test_an_address_is_added_made_primary_and_removed() -> None:
    make_user("eve", email="eve@example.org")
    web = log_in("eve")
    web.post("/accounts/email/", {"email": "second@example.org", "action_add": ""})
    web.post("/accounts/email/", {"email": "second@example.org", "action_primary": ""})
    assert User.objects.get().email == "second@example.org"
    web.post("/accounts/email/", {"email": "eve@example.org", "action_remove": ""})
    text = text_of(web.get("/accounts/email/"))
    assert "second@example.org Primary" in text
