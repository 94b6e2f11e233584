"""`auth/token/…`: how programs log in, stay logged in and log out."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings
from redis.exceptions import ConnectionError as LostConnection
from rest_framework.test import APIClient

from chatbot.accounts.models import TokenFamily, User
from chatbot.lib.redis import sync_redis
from tests.factories import PASSWORD, make_user
from tests.integration.accounts.codes import code_of

TOKEN = "/api/v1/auth/token/"
REFRESH = "/api/v1/auth/token/refresh/"
REVOKE = "/api/v1/auth/token/revoke/"
MODELS = "/api/v1/models/"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def post(path: str, **body: Any) -> Any:
    return APIClient().post(path, body, format="json")


def log_in(**body: str) -> Any:
    return post(TOKEN, **{"username": "ann", "password": PASSWORD, **body})


def bearer(access: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return client


def assert_unauthorized(response: Any) -> None:
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert response.json()["error"]["code"] == "unauthorized"


@pytest.mark.parametrize("name", ["ann", "ann@example.org"])
def test_name_or_address_and_password_give_tokens_that_open_the_api(db: None, name: str) -> None:
    user = make_user("ann", email="ann@example.org")
    response = log_in(username=name)
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    made = response.json()
    assert made.keys() == {"access", "refresh"}
    assert bearer(made["access"]).get("/api/v1/me/").json()["id"] == str(user.pk)
    assert_unauthorized(bearer(made["refresh"]).get(MODELS))


def test_the_name_of_a_program_is_kept_without_what_no_database_keeps(user: User) -> None:
    body = {"username": "ann", "password": PASSWORD}
    response = APIClient().post(TOKEN, body, format="json", headers={"User-Agent": "curl\x00/8"})
    assert response.status_code == 200
    assert TokenFamily.objects.get().user_agent == "curl/8"


def test_a_request_with_a_token_costs_one_query_to_know_its_user(
    user: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = bearer(log_in().json()["access"])
    with django_assert_num_queries(1):
        assert client.get("/api/v1/me/").status_code == 200


def test_a_refresh_spends_the_token_and_gives_the_next_pair(user: User) -> None:
    first = log_in().json()
    response = post(REFRESH, refresh=first["refresh"])
    assert response.status_code == 200
    second = response.json()
    assert second["refresh"] != first["refresh"]
    assert bearer(second["access"]).get(MODELS).status_code == 200
    assert_unauthorized(post(REFRESH, refresh=first["refresh"]))
    assert post(REFRESH, refresh=second["refresh"]).status_code == 200


def test_the_reuse_of_a_spent_token_ends_the_access_tokens_too(user: User, settings: Settings) -> None:
    first = log_in().json()
    second = post(REFRESH, refresh=first["refresh"]).json()
    third = post(REFRESH, refresh=second["refresh"]).json()
    assert_unauthorized(post(REFRESH, refresh=first["refresh"]))
    for made in (first, second, third):
        assert_unauthorized(bearer(made["access"]).get(MODELS))


def test_a_revoked_family_opens_nothing(user: User) -> None:
    made = log_in().json()
    assert post(REVOKE, refresh=made["refresh"]).status_code == 204
    assert_unauthorized(bearer(made["access"]).get(MODELS))
    assert_unauthorized(post(REFRESH, refresh=made["refresh"]))
    assert post(REVOKE, refresh=made["refresh"]).status_code == 204


@pytest.mark.parametrize("path", [REFRESH, REVOKE])
@pytest.mark.parametrize("token", ["x", "a.b.c", "ck-abc", "é" * 100])
def test_what_is_no_refresh_token_is_refused(db: None, path: str, token: str) -> None:
    assert_unauthorized(post(path, refresh=token))


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (TOKEN, {}),
        (TOKEN, {"username": "ann"}),
        (TOKEN, {"username": "ann", "password": ""}),
        (TOKEN, {"username": ["ann"], "password": {}}),
        (TOKEN, {"username": "a\x00n", "password": PASSWORD}),
        (TOKEN, {"username": "a" * 255, "password": PASSWORD}),
        (TOKEN, {"username": "ann", "password": "x" * 4_097}),
        (TOKEN, {"username": "ann", "password": PASSWORD, "code": "1" * 33}),
        (TOKEN, []),
        (REFRESH, {}),
        (REFRESH, {"refresh": None}),
        (REFRESH, {"refresh": "x" * 2_001}),
        (REVOKE, {"refresh": 7.5e300}),
    ],
)
def test_a_body_that_is_not_valid_is_told(db: None, path: str, body: Any) -> None:
    response = APIClient().post(path, body, format="json")
    assert response.status_code in {400, 401}
    if response.status_code == 400:
        assert response.json()["error"]["code"] == "invalid_input"


@pytest.mark.parametrize(
    "body", [b'{"username": "\\ud800", "password": "x"}', b"{", b"[" * 50_000, b'{"username": ' + b"9" * 5_000 + b"}"]
)
def test_a_body_that_is_no_json_or_no_text_is_told(db: None, body: bytes) -> None:
    response = APIClient().post(TOKEN, body, content_type="application/json")
    assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_input")


def test_other_methods_and_media_types_have_the_contracts_errors(db: None) -> None:
    assert APIClient().get(TOKEN).status_code == 405
    assert APIClient().get(TOKEN).json()["error"]["code"] == "invalid_input"
    response = APIClient().post(TOKEN, "username=ann", content_type="application/x-www-form-urlencoded")
    assert response.json()["error"]["code"] == "invalid_input"


@pytest.mark.parametrize("body", [{"password": "wrong"}, {"username": "nobody"}, {"password": PASSWORD + " "}])
def test_wrong_credentials_all_get_the_same_answer(user: User, body: dict[str, str]) -> None:
    response = log_in(**body)
    assert_unauthorized(response)
    assert response.json()["error"]["message"] == "Name or password is wrong."
    assert not TokenFamily.objects.exists()


def test_an_inactive_user_is_told_nothing_more_than_a_stranger(db: None) -> None:
    make_user("ann", is_active=False)
    assert log_in().json() == log_in(password="wrong").json()


def test_a_user_who_may_not_chat_gets_no_tokens(db: None) -> None:
    make_user("ann", can_use_chat=False)
    assert log_in().status_code == 403


def test_where_addresses_must_be_verified_they_must_be_here_too(user: User, settings: Settings) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    assert log_in().status_code == 403
    EmailAddress.objects.create(user=user, email="ann@example.org", verified=True, primary=True)
    assert log_in().status_code == 200


def test_a_credential_that_is_sent_along_neither_helps_nor_harms(user: User) -> None:
    client = bearer("ck-of-yesterday")
    client.force_login(user)
    body = {"username": "ann", "password": PASSWORD}
    assert client.post(TOKEN, body, format="json").status_code == 200
    assert client.post(TOKEN, {**body, "password": "wrong"}, format="json").status_code == 401


def test_an_account_with_a_second_factor_wants_its_code(user: User) -> None:
    TOTP.activate(user, SECRET)
    missing = log_in()
    assert_unauthorized(missing)
    assert missing.json()["error"]["details"] == {"second_factor": "missing"}
    wrong = log_in(code="000000")
    assert wrong.json()["error"]["details"] == {"second_factor": "wrong"}
    assert not TokenFamily.objects.exists()
    assert log_in(code=code_of(SECRET), password="wrong").json()["error"].get("details") is None
    assert log_in(code=code_of(SECRET)).status_code == 200


def test_codes_cannot_be_guessed(user: User) -> None:
    TOTP.activate(user, SECRET)
    for number in range(5):
        assert log_in(code=f"{number:06}").status_code == 401
    refused = log_in(code=code_of(SECRET))
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "rate_limited")


def test_passwords_cannot_be_guessed_here_and_then_on_the_page(user: User) -> None:
    for _ in range(5):
        assert log_in(password="wrong").status_code == 401
    refused = log_in()
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "rate_limited")
    assert int(refused["Retry-After"]) == refused.json()["error"]["retry_after"] > 0
    assert Client().post("/accounts/login/", {"login": "ann", "password": PASSWORD}).status_code == 200


def test_what_cannot_be_counted_opens_nothing(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def lose(*_: Any, **__: Any) -> None:
        raise LostConnection("gone")

    monkeypatch.setattr("allauth.core.internal.ratelimit.consume", lose)
    response = log_in()
    assert (response.status_code, response.json()["error"]["code"]) == (503, "overloaded")
    assert not TokenFamily.objects.exists()


def deactivate(user: User) -> None:
    user.is_active = False
    user.save()


def change_password(user: User) -> None:
    user.set_password("another one entirely")
    user.save()


@pytest.mark.parametrize("change", [deactivate, change_password])
def test_tokens_end_with_the_account_or_its_password(user: User, change: Callable[[User], None]) -> None:
    made = log_in().json()
    change(user)
    assert_unauthorized(bearer(made["access"]).get(MODELS))
    assert_unauthorized(post(REFRESH, refresh=made["refresh"]))


def test_an_access_token_ends_by_itself(user: User, settings: Settings) -> None:
    settings.ACCESS_TOKEN_SECONDS = -1
    made = log_in().json()
    assert_unauthorized(bearer(made["access"]).get(MODELS))
    settings.ACCESS_TOKEN_SECONDS = 300
    assert bearer(post(REFRESH, refresh=made["refresh"]).json()["access"]).get(MODELS).status_code == 200


def test_no_password_and_no_token_is_kept_anywhere_in_redis(user: User) -> None:
    made = log_in().json()
    kept = b" ".join(name + (sync_redis().dump(name) or b"") for name in sync_redis().scan_iter("*"))
    for secret in (PASSWORD, made["refresh"], made["access"]):
        assert secret.encode() not in kept
