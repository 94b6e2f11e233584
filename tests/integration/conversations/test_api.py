"""The REST doors of conversations and messages."""

import json
from base64 import b64encode
from typing import Any
from unittest.mock import ANY
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from chatbot.accounts.models import User
from chatbot.accounts.services import create_access_key
from conversations import deletion
from conversations.models import Conversation, Message
from tests.factories import PASSWORD, make_conversation, make_message

LIST = "/api/v1/conversations/"


def path_of(conversation: Conversation, tail: str = "") -> str:
    return f"{LIST}{conversation.pk}/{tail}"


def assert_error(response: Any, status: int, code: str) -> dict[str, Any]:
    """The response is the contract's error; gives what it says."""
    assert response.status_code == status, response.content
    body: dict[str, Any] = json.loads(response.content)
    assert set(body) == {"error"}
    assert set(body["error"]) <= {"code", "message", "details", "retry_after"}
    assert body["error"]["code"] == code
    assert body["error"]["message"]
    return body["error"]  # type: ignore[no-any-return]


def test_a_conversation_is_made_with_its_settings(user: User, api: APIClient) -> None:
    fields = {
        "title": " Plans ",
        "model": "big",
        "system_prompt": " Be kind.\n",
        "temperature": 0.5,
        "max_tokens": 100,
        "pinned": True,
        "folder": "Work",
    }
    response = api.post(LIST, fields, format="json")
    assert response.status_code == 201
    assert response.json() == {
        **fields,
        "id": ANY,
        "preset": None,
        "archived": False,
        "message_count": 0,
        "total_tokens": 0,
        "last_message_at": ANY,
        "expires_at": None,
        "created_at": ANY,
    }
    made = Conversation.objects.get()
    assert str(made.pk) == response.json()["id"]
    assert made.user == user
    assert made.pk.bytes[0] == user.bucket


def test_an_empty_body_makes_an_empty_conversation(api: APIClient) -> None:
    response = api.post(LIST, {}, format="json")
    assert response.status_code == 201
    assert response.json()["title"] == ""
    assert response.json()["model"] is None


def test_a_conversation_is_read(user: User, api: APIClient, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    conversation = make_conversation(user, messages=2)
    with django_assert_num_queries(2):  # the user, the conversation; the session is in the cache
        response = api.get(path_of(conversation))
    assert response.status_code == 200
    assert response.json()["message_count"] == 2


def test_a_patch_changes_only_what_it_names(
    user: User, api: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    conversation = make_conversation(user, model_config={"model": "a", "temperature": 1.5})
    with django_assert_num_queries(5):  # the user, a savepoint and its release, the lock, the update
        response = api.patch(path_of(conversation), {"archived": True, "temperature": None}, format="json")
    assert response.status_code == 200
    body = response.json()
    assert (body["archived"], body["title"], body["model"], body["temperature"]) == (True, "A talk", "a", None)


def test_a_deleted_conversation_is_gone(user: User, api: APIClient) -> None:
    conversation = make_conversation(user, messages=2)
    response = api.delete(path_of(conversation))
    assert response.status_code == 204
    assert response.content == b""
    assert_error(api.get(path_of(conversation)), 404, "not_found")
    assert not Message.objects.exists()


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_anothers_conversation_is_not_found(user: User, other_api: APIClient, method: str) -> None:
    conversation = make_conversation(user)
    anothers = assert_error(getattr(other_api, method)(path_of(conversation)), 404, "not_found")
    nobodys = assert_error(getattr(other_api, method)(f"{LIST}{uuid4()}/"), 404, "not_found")
    assert anothers == nobodys
    assert Conversation.objects.filter(pk=conversation.pk).exists()


def test_anothers_messages_are_not_found(user: User, other_api: APIClient) -> None:
    conversation = make_conversation(user)
    message = make_message(conversation)
    assert_error(other_api.get(path_of(conversation, "messages/")), 404, "not_found")
    assert_error(other_api.get(f"/api/v1/messages/{message.pk}/"), 404, "not_found")


@pytest.mark.parametrize(
    "field",
    [
        {"title": "x" * 201},
        {"title": None},
        {"title": "NUL \x00"},
        {"title": "half \ud83d"},
        {"title": ["a"]},
        {"model": "no slug"},
        {"model": "a\x00b"},
        {"system_prompt": "x" * 20_001},
        {"system_prompt": "\x00"},
        {"temperature": -0.1},
        {"temperature": 2.1},
        {"temperature": "NaN"},
        {"temperature": "hot"},
        {"max_tokens": 0},
        {"max_tokens": 10**30},
        {"max_tokens": 1.5},
        {"archived": "perhaps"},
        {"archived": None},
        {"folder": "x" * 81},
        {"folder": "\udc00"},
    ],
)
@pytest.mark.parametrize("method", ["post", "patch"])
def test_an_invalid_field_is_refused_and_named(user: User, api: APIClient, method: str, field: dict[str, Any]) -> None:
    conversation = make_conversation(user)
    path = LIST if method == "post" else path_of(conversation)
    response = getattr(api, method)(path, json.dumps(field), content_type="application/json")
    assert list(assert_error(response, 400, "invalid_input")["details"]["fields"]) == list(field)
    assert Conversation.objects.get().title == "A talk"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("{", "application/json"),
        ("[]", "application/json"),
        ('"text"', "application/json"),
        ("null", "application/json"),
        ('{"temperature": NaN}', "application/json"),
        ("[" * 100_000, "application/json"),
        (b"\xff\xfe", "application/json"),
        ("title=x", "application/x-www-form-urlencoded"),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(api: APIClient, body: Any, kind: str) -> None:
    assert_error(api.post(LIST, body, content_type=kind), 400, "invalid_input")


def test_a_body_that_is_too_large_is_refused_whoever_sends_it(user: User, api: APIClient) -> None:
    program = APIClient()
    program.credentials(HTTP_AUTHORIZATION=f"Bearer {create_access_key(user=user, name='script')[1]}")
    too_long = {"title": "x", "folder": "y" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0)}
    for client in (api, program):
        assert "too large" in assert_error(client.post(LIST, too_long, format="json"), 400, "invalid_input")["message"]


def test_a_wrong_method_and_a_wrong_format_are_told_in_the_same_shape(user: User, api: APIClient) -> None:
    assert_error(api.put(LIST, {}, format="json"), 405, "invalid_input")
    assert_error(api.get(LIST, HTTP_ACCEPT="text/csv"), 406, "invalid_input")


def test_a_session_needs_the_csrf_token_to_write(user: User) -> None:
    client = APIClient(enforce_csrf_checks=True)
    assert client.login(username="ann", password=PASSWORD)
    assert client.get(LIST).status_code == 200
    assert_error(client.post(LIST, {}, format="json"), 403, "forbidden")


def test_the_list_has_the_newest_first_page_by_page(user: User, other_user: User, api: APIClient) -> None:
    made = [make_conversation(user, title=str(number)) for number in range(5)]
    make_conversation(other_user)
    make_message(made[1])
    expected = ["1", "4", "3", "2", "0"]
    first = api.get(LIST, {"limit": 2}).json()
    assert set(first) == {"results", "next", "previous"}
    second = api.get(first["next"]).json()
    third = api.get(second["next"]).json()
    pages = [[item["title"] for item in page["results"]] for page in (first, second, third)]
    assert pages == [expected[:2], expected[2:4], expected[4:]]
    assert third["next"] is None
    assert first["previous"] is None
    assert api.get(third["previous"]).json()["results"] == second["results"]


def test_the_list_costs_the_same_for_one_and_for_many(
    user: User, api: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for count in (1, 20):
        for _ in range(count):
            make_conversation(user, messages=1)
        with django_assert_num_queries(2):  # the user, the page
            assert api.get(LIST).status_code == 200


def test_the_list_is_filtered(user: User, api: APIClient) -> None:
    make_conversation(user, title="plain")
    make_conversation(user, title="old", archived=True)
    make_conversation(user, title="dear", pinned=True)

    def titles(**query: str) -> set[str]:
        return {item["title"] for item in api.get(LIST, query).json()["results"]}

    assert titles() == {"plain", "old", "dear"}
    assert titles(archived="true") == {"old"}
    assert titles(archived="0") == {"plain", "dear"}
    assert titles(pinned="True", archived="false") == {"dear"}
    assert_error(api.get(LIST, {"archived": "perhaps"}), 400, "invalid_input")


def cursor(**parts: str) -> str:
    return b64encode("&".join(f"{name}={value}" for name, value in parts.items()).encode()).decode()


@pytest.mark.parametrize(
    "wrong", ["ü", "a", cursor(p="soon"), cursor(p="\x00"), cursor(o="-1"), cursor(o="x"), cursor(r="x", p="1")]
)
@pytest.mark.parametrize("tail", ["", "messages/"])
def test_a_cursor_that_is_not_ours_is_refused(user: User, api: APIClient, tail: str, wrong: str) -> None:
    conversation = make_conversation(user, messages=2)
    path = path_of(conversation, tail) if tail else LIST
    assert_error(api.get(path, {"cursor": wrong}), 400, "invalid_input")


@pytest.mark.parametrize("wrong", ["2026-01-01", "2026-01-01 00:00:00", "2026-02-30T00:00:00+00:00"])
def test_a_cursor_with_a_time_that_is_not_ours_is_refused(api: APIClient, wrong: str) -> None:
    assert_error(api.get(LIST, {"cursor": cursor(p=wrong)}), 400, "invalid_input")


def test_a_cursor_far_away_gives_an_empty_page(user: User, api: APIClient) -> None:
    conversation = make_conversation(user, messages=2)
    response = api.get(path_of(conversation, "messages/"), {"cursor": cursor(p="-99999999999999999999")})
    assert response.status_code == 200
    assert response.json()["results"] == []


@pytest.mark.parametrize(("limit", "rows"), [("1000000", 100), ("50", 50), ("7", 7)])
def test_a_page_is_never_longer_than_the_limit_allows(user: User, api: APIClient, limit: str, rows: int) -> None:
    for _ in range(101):
        make_conversation(user)
    response = api.get(LIST, {"limit": limit})
    assert response.status_code == 200
    assert len(response.json()["results"]) == rows


@pytest.mark.parametrize("limit", ["", "0", "-3", "many", "1.5", "٣", "1" * 5_000, "1 "])
def test_a_limit_that_is_no_number_is_refused(api: APIClient, limit: str) -> None:
    assert_error(api.get(LIST, {"limit": limit}), 400, "invalid_input")


@pytest.mark.parametrize("wrong", [0, 1, "true", "", [], {}, None])
def test_a_flag_is_true_or_false(api: APIClient, wrong: Any) -> None:
    assert_error(api.post(LIST, {"pinned": wrong}, format="json"), 400, "invalid_input")
    assert api.post(LIST, {"pinned": True, "temporary": False}, format="json").status_code == 201


@pytest.mark.parametrize("wrong", [True, "1", "", [], {}, 1.5])
def test_a_number_is_a_number(api: APIClient, wrong: Any) -> None:
    assert_error(api.post(LIST, {"max_tokens": wrong}, format="json"), 400, "invalid_input")
    if wrong != 1.5:
        assert_error(api.post(LIST, {"temperature": wrong}, format="json"), 400, "invalid_input")


def test_the_name_of_a_model_is_no_number(api: APIClient) -> None:
    assert_error(api.post(LIST, {"model": 7}, format="json"), 400, "invalid_input")


def test_options_tell_what_a_door_is(api: APIClient) -> None:
    told = api.options(LIST)
    assert (told.status_code, sorted(told.json())) == (200, ["description", "name", "parses", "renders"])


def test_messages_come_newest_first_page_by_page(
    user: User, api: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    conversation = make_conversation(user, messages=7)
    with django_assert_num_queries(4):  # the user, the conversation, the page, siblings
        page = api.get(path_of(conversation, "messages/"), {"limit": 3}).json()
    numbers = [[message["sequence_number"] for message in page["results"]]]
    while page["next"]:
        page = api.get(page["next"]).json()
        numbers.append([message["sequence_number"] for message in page["results"]])
    assert numbers == [[7, 6, 5], [4, 3, 2], [1]]


def test_a_message_is_shown_as_the_contract_says(user: User, api: APIClient) -> None:
    conversation = make_conversation(user)
    first = make_message(conversation)
    message = make_message(conversation, parent_id=first.pk, role=Message.Role.ASSISTANT, content="Hi 😀")
    body = api.get(f"/api/v1/messages/{message.pk}/").json()
    assert body == {
        "id": str(message.pk),
        "conversation_id": str(conversation.pk),
        "parent_id": str(first.pk),
        "role": "assistant",
        "status": "completed",
        "content": "Hi 😀",
        "tokens": 0,
        "sequence_number": 2,
        "metadata": {},
        "siblings": [str(message.pk)],
        "position": 1,
        "rating": None,
        "created_at": ANY,
    }
    assert UUID(body["id"]).version == 8
    assert_error(api.get(f"/api/v1/messages/{uuid4()}/"), 404, "not_found")


def test_nothing_is_deleted_under_a_legal_hold(user: User, api: APIClient) -> None:
    conversation = make_conversation(user, messages=2)
    User.objects.update(legal_hold=True)
    error = assert_error(api.delete(path_of(conversation)), 403, "forbidden")
    assert "legal hold" in error["message"]
    assert Message.objects.count() == 2


def test_messages_are_gone_with_a_conversation_that_is_still_being_deleted(
    user: User, api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletion, "BATCH", 2)
    conversation = make_conversation(user, messages=5)
    oldest = conversation.messages.earliest("sequence_number")
    assert api.delete(path_of(conversation)).status_code == 204
    assert Message.objects.filter(pk=oldest.pk).exists()
    for path in (f"/api/v1/messages/{oldest.pk}/", path_of(conversation), path_of(conversation, "messages/")):
        assert_error(api.get(path), 404, "not_found")
    assert api.get(LIST).json()["results"] == []
