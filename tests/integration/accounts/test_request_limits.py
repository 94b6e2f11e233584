"""How many API requests a user, or an address without one, may make in a minute."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient
from time_machine import travel

from chatbot.accounts.models import Tier, User
from chatbot.accounts.services import create_access_key
from chatbot.accounts.token_services import issue_tokens
from chatbot.lib.redis import sync_redis

MODELS = "/api/v1/models/"
TOKEN = "/api/v1/auth/token/"


@pytest.fixture(autouse=True)
def one_window(settings: Settings) -> Iterator[None]:
    """Time stands still: no window ends within a test."""
    settings.ANONYMOUS_REQUESTS_PER_MINUTE = 20
    with travel("2031-05-05T12:00:00Z", tick=False):
        yield
    for name in sync_redis().scan_iter("limits:*"):
        sync_redis().delete(name)


@pytest.fixture
def address() -> str:
    """Of a client that nobody has counted before."""
    return f"2001:db8:{uuid4().hex[:4]}::1"


def bearer(secret: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def limit_to(requests: int) -> None:
    Tier.objects.update(requests_per_minute=requests)


def left(response: Any) -> int:
    return int(response["X-RateLimit-Remaining"])


@pytest.mark.django_db(transaction=True)
def test_all_credentials_and_doors_of_a_user_share_one_bucket(user: User, api: APIClient) -> None:
    limit_to(4)
    key = bearer(create_access_key(user=user, name="script")[1])
    tokens = bearer(issue_tokens(user=user).access)
    answer = f"/api/v1/messages/{uuid4()}/events/"
    responses = [api.get(MODELS), key.get("/api/v1/me/"), tokens.get("/api/v1/conversations/"), key.get(answer)]
    assert [response.status_code for response in responses] == [200, 200, 200, 404]
    assert [left(response) for response in responses] == [3, 2, 1, 0]
    refused = tokens.get(MODELS)
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "rate_limited")
    assert key.get(answer).status_code == 429


def test_a_refusal_says_when_to_come_back(user: User, api: APIClient) -> None:
    limit_to(1)
    allowed, refused = api.get(MODELS), api.get(MODELS)
    wait = int(refused["Retry-After"])
    assert refused.json()["error"]["retry_after"] == wait
    assert 1 <= wait <= 60
    assert (refused["X-RateLimit-Limit"], refused["X-RateLimit-Remaining"]) == ("1", "0")
    assert allowed["X-RateLimit-Reset"] == refused["X-RateLimit-Reset"]
    with travel(int(refused["X-RateLimit-Reset"]) + 1, tick=False):
        assert APIClient().get("/health/live").status_code == 200
        again = APIClient()
        again.force_login(user)
        assert again.get(MODELS).status_code == 200


def test_what_is_refused_or_missing_counts_as_well(user: User, api: APIClient) -> None:
    limit_to(3)
    assert api.get(f"/api/v1/conversations/{uuid4()}/").status_code == 404
    assert api.post("/api/v1/conversations/", {"title": 7.5e300, "model": "?"}, format="json").status_code == 400
    assert api.put(MODELS).status_code == 405
    assert api.get(MODELS).status_code == 429


def test_one_user_does_not_use_up_what_is_anothers(api: APIClient, other_api: APIClient) -> None:
    limit_to(1)
    assert [api.get(MODELS).status_code for _ in range(2)] == [200, 429]
    assert other_api.get(MODELS).status_code == 200


def test_pages_and_health_are_not_counted(user: User) -> None:
    client = Client()
    client.force_login(user)
    for path in ("/", "/health/live", "/accounts/logout/"):
        assert "X-RateLimit-Limit" not in client.get(path)


@pytest.mark.parametrize(
    "headers", [{}, {"HTTP_AUTHORIZATION": "Bearer ck-unknown"}, {"HTTP_AUTHORIZATION": "Bearer a.b.c"}]
)
@pytest.mark.parametrize("path", [MODELS, f"/api/v1/messages/{UUID(int=1)}/events/"])
def test_strangers_are_counted_by_address(db: None, address: str, path: str, headers: dict[str, Any]) -> None:
    client = APIClient(REMOTE_ADDR=address, **headers)
    codes = [client.get(path).status_code for _ in range(22)]
    assert codes == [401] * 20 + [429] * 2
    assert int(client.get(path)["Retry-After"]) > 0


def test_who_is_known_is_not_kept_out_by_strangers_at_the_same_address(user: User, address: str) -> None:
    stranger = APIClient(REMOTE_ADDR=address)
    for _ in range(21):
        stranger.get(MODELS)
    known = APIClient(REMOTE_ADDR=address)
    known.force_login(user)
    assert known.get(MODELS).status_code == 200


@pytest.mark.parametrize("path", [TOKEN, f"{TOKEN}refresh/", f"{TOKEN}revoke/"])
def test_the_doors_without_a_credential_are_counted_by_address(db: None, address: str, path: str) -> None:
    client = APIClient(REMOTE_ADDR=address)
    codes = [client.post(path, {}, format="json").status_code for _ in range(21)]
    assert codes == [400] * 20 + [429]


@pytest.mark.parametrize("proxies", [[], ["10.0.0.0/8"]])
def test_a_thousand_invented_addresses_do_not_move_the_limit(
    db: None, settings: Settings, address: str, proxies: list[str]
) -> None:
    settings.TRUSTED_PROXY_CIDRS = proxies
    client, passed = APIClient(REMOTE_ADDR=address), 0
    for number in range(1_000):
        invented = f"10.0.{number // 250}.{number % 250}"
        said = {"X-Forwarded-For": invented, "X-Real-IP": invented, "Forwarded": f"for={invented}"}
        response = client.post(TOKEN, {}, format="json", headers=said)
        passed += response.status_code != 429
    assert passed == 20


def test_behind_a_trusted_proxy_each_client_has_its_own_bucket_and_cannot_invent_another(
    db: None, settings: Settings, address: str
) -> None:
    settings.TRUSTED_PROXY_CIDRS = ["10.0.0.0/8"]

    client = APIClient(REMOTE_ADDR="10.1.1.1")

    def passes(forwarded_for: str) -> bool:
        response = client.post(TOKEN, {}, format="json", headers={"X-Forwarded-For": forwarded_for})
        return bool(response.status_code != 429)

    assert sum(passes(f"192.0.2.{number}, {address}") for number in range(40)) == 20
    assert passes(f"2001:db8:{uuid4().hex[:4]}::2")


def test_without_redis_history_is_read_and_nothing_is_written_uncounted(
    user: User, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    key = bearer(create_access_key(user=user, name="script")[1])
    away = {**settings.CACHES["limits"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {**settings.CACHES, "limits": away}
    read = key.get("/api/v1/conversations/")
    assert read.status_code == 200
    assert "X-RateLimit-Limit" not in read
    assert "rate limit not counted" in caplog.text
    written = key.post("/api/v1/conversations/", {}, format="json")
    assert (written.status_code, written.json()["error"]["code"]) == (503, "overloaded")
    assert APIClient().get(MODELS).status_code == 503
    assert user.conversations.count() == 0
