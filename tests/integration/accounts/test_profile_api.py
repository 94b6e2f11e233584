"""`me/` and `auth/ws-ticket/`."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from chatbot.accounts.models import AccessKey, User
from chatbot.accounts.services import create_access_key
from chatbot.accounts.token_services import issue_tokens

ME = "/api/v1/me/"
TICKET = "/api/v1/auth/ws-ticket/"


def bearer(secret: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def test_the_profile_tells_who_one_is_and_what_one_may(
    user: User, api: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        profile = api.get(ME).json()
    assert profile == {
        "id": str(user.pk),
        "username": "ann",
        "email": "",
        "first_name": "",
        "last_name": "",
        "is_staff": False,
        "date_joined": user.date_joined.isoformat().replace("+00:00", "Z"),
        "tier": {"slug": "standard", "name": "Standard"},
        "limits": {
            "messages_per_minute": 20,
            "requests_per_minute": 600,
            "concurrent_generations": 3,
            "max_message_length": 32_000,
            "max_attachment_bytes": 20_000_000,
            "storage_bytes": 1_000_000_000,
            "retention_days": None,
        },
    }


@pytest.mark.parametrize("name", ["Ann", "Änn 李 🙂", ""])
def test_a_name_is_changed_and_kept_as_written(user: User, api: APIClient, name: str) -> None:
    assert api.patch(ME, {"first_name": name}, format="json").json()["first_name"] == name
    user.refresh_from_db()
    assert (user.first_name, user.last_name, user.credentials_version) == (name, "", 0)


@pytest.mark.parametrize(
    "body", [{"first_name": "x" * 151}, {"last_name": "a\x00b"}, {"last_name": None}, {"first_name": []}, [], "x", 7]
)
def test_a_change_that_is_not_valid_changes_nothing(user: User, api: APIClient, body: Any) -> None:
    response = api.patch(ME, body, format="json")
    assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_input")


def test_rights_and_address_are_not_changed_here(user: User, api: APIClient) -> None:
    api.patch(ME, {"is_staff": True, "email": "ann@evil.example", "username": "root", "tier": "x"}, format="json")
    user.refresh_from_db()
    assert (user.is_staff, user.email, user.username) == (False, "", "ann")


def test_a_key_reads_the_profile_and_changes_nothing(user: User) -> None:
    client = bearer(create_access_key(user=user, name="script")[1])
    assert client.get(ME).status_code == 200
    assert client.patch(ME, {"first_name": "Eve"}, format="json").status_code == 403


def test_any_caller_who_may_chat_gets_tickets_and_each_is_another(user: User, api: APIClient) -> None:
    key, tokens = create_access_key(user=user, name="script")[1], issue_tokens(user=user).access
    responses = [client.post(TICKET) for client in (api, api, bearer(key), bearer(tokens))]
    assert [response.status_code for response in responses] == [200] * 4
    assert {response.json()["expires_in"] for response in responses} == {30}
    assert len({response.json()["ticket"] for response in responses}) == 4
    assert all(response["Cache-Control"] == "no-store" for response in responses)


def test_a_reading_key_and_a_stranger_get_no_ticket(user: User) -> None:
    reading = create_access_key(user=user, name="reader", scope=AccessKey.Scope.READ)[1]
    assert bearer(reading).post(TICKET).status_code == 403
    assert APIClient().post(TICKET).status_code == 401
    assert bearer("ck-unknown").post(TICKET).status_code == 401


def test_a_session_gets_a_ticket_with_its_csrf_token_only(user: User) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(user)
    assert client.post(TICKET).status_code == 403
    client.get("/")
    token = client.cookies["csrftoken"].value
    assert client.post(TICKET, headers={"X-CSRFToken": token}).status_code == 200
