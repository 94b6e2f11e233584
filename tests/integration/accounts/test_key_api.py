"""`auth/access-keys/`: users make and revoke keys for their programs."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from chatbot.accounts import services
from chatbot.accounts.models import AccessKey, User
from chatbot.accounts.services import create_access_key
from chatbot.accounts.token_services import issue_tokens

KEYS = "/api/v1/auth/access-keys/"


def bearer(secret: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


@pytest.fixture(params=["session", "tokens"])
def client(request: pytest.FixtureRequest, user: User, api: APIClient) -> APIClient:
    """Somebody who logged in."""
    return api if request.param == "session" else bearer(issue_tokens(user=user).access)


def make(client: APIClient, **body: Any) -> Any:
    return client.post(KEYS, {"name": "script", **body}, format="json")


def test_a_new_key_is_shown_once_and_opens_the_api(user: User, client: APIClient) -> None:
    response = make(client)
    assert response.status_code == 201
    assert response["Cache-Control"] == "no-store"
    made = response.json()
    assert made == {
        "id": made["id"],
        "name": "script",
        "start": made["key"][:8],
        "scope": "chat",
        "active": True,
        "created_at": made["created_at"],
        "expires_at": None,
        "last_used_at": None,
        "key": made["key"],
    }
    assert bearer(made["key"]).get("/api/v1/me/").json()["username"] == "ann"
    [listed] = client.get(KEYS).json()["results"]
    assert "key" not in listed
    assert listed["last_used_at"] is not None
    assert AccessKey.objects.get().user == user


def test_a_key_may_only_read_and_may_end(client: APIClient) -> None:
    end = timezone.now() + timedelta(days=1)
    made = make(client, scope="read", expires_at=end.isoformat()).json()
    assert made["scope"] == "read"
    assert made["expires_at"] == end.isoformat().replace("+00:00", "Z")
    assert bearer(made["key"]).get("/api/v1/models/").status_code == 200
    assert bearer(made["key"]).post("/api/v1/conversations/", {}, format="json").status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""},
        {"name": None},
        {"name": "x" * 81},
        {"name": "a\x00b"},
        {"scope": "admin"},
        {"scope": ["chat"]},
        {"expires_at": "yesterday"},
        {"expires_at": "2001-01-01T00:00:00Z"},
        {"expires_at": "9999-12-31T23:59:59-23:59"},
        {"expires_at": "0001-01-01T00:00:00+23:59"},
        {"expires_at": 10**30},
        {"expires_at": True},
    ],
)
def test_a_key_that_cannot_be_is_not_made(api: APIClient, body: dict[str, Any]) -> None:
    response = make(api, **body)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_input")
    assert not AccessKey.objects.exists()


def test_a_revoked_key_opens_nothing_and_is_not_listed(client: APIClient) -> None:
    made = make(client).json()
    assert client.delete(f"{KEYS}{made['id']}/").status_code == 204
    assert bearer(made["key"]).get("/api/v1/models/").status_code == 401
    assert client.get(KEYS).json()["results"] == []
    assert client.delete(f"{KEYS}{made['id']}/").status_code == 404


def test_nobody_sees_or_revokes_the_keys_of_others(api: APIClient, other_api: APIClient, other_user: User) -> None:
    key, _ = create_access_key(user=other_user, name="theirs")
    assert api.get(KEYS).json()["results"] == []
    response = api.delete(f"{KEYS}{key.pk}/")
    assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")
    assert AccessKey.objects.get().revoked_at is None


@pytest.mark.parametrize("scope", AccessKey.Scope.values)
def test_a_key_manages_no_keys(user: User, scope: str) -> None:
    key, secret = create_access_key(user=user, name="script", scope=scope)
    client = bearer(secret)
    responses = [client.get(KEYS), make(client), client.delete(f"{KEYS}{key.pk}/")]
    assert [response.status_code for response in responses] == [403, 403, 403]
    assert AccessKey.objects.get().revoked_at is None


def test_a_key_that_has_ended_is_listed_as_not_active(user: User, api: APIClient) -> None:
    create_access_key(user=user, name="late", expires_at=timezone.now() - timedelta(minutes=1))
    assert [key["active"] for key in api.get(KEYS).json()["results"]] == [False]


def test_a_key_is_not_active_after_a_change_of_password(user: User) -> None:
    _, secret = create_access_key(user=user, name="script")
    user.set_password("another one entirely")
    user.save()
    assert bearer(secret).get("/api/v1/models/").status_code == 401
    client = APIClient()
    client.force_login(user)
    assert [key["active"] for key in client.get(KEYS).json()["results"]] == [False]


def test_a_key_made_while_the_password_changes_is_born_dead(user: User) -> None:
    proved_before = User.objects.get(pk=user.pk)
    user.set_password("another one entirely")
    user.save()
    _, secret = create_access_key(user=proved_before, name="thief")
    assert bearer(secret).get("/api/v1/models/").status_code == 401


def test_keys_come_in_pages_of_one_query(
    user: User, api: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        create_access_key(user=user, name=f"key {number}")
    with django_assert_num_queries(2):  # the user, the page
        page = api.get(KEYS, {"limit": 3}).json()
    rest = api.get(page["next"]).json()
    assert [key["name"] for key in page["results"] + rest["results"]] == [f"key {n}" for n in (4, 3, 2, 1, 0)]
    assert rest["next"] is None


def test_a_user_has_no_more_keys_than_anybody_needs(
    user: User, api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MAX_KEYS", 2)
    first = make(api).json()
    make(api)
    refused = make(api)
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "quota_exceeded")
    api.delete(f"{KEYS}{first['id']}/")
    assert make(api).status_code == 201
