"""What users think of answers."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from prometheus_client import REGISTRY
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from chatbot.accounts.models import User
from conversations.models import Feedback, Message
from tests.factories import make_conversation, make_message
from tests.integration.conversations.test_api import assert_error


@pytest.fixture
def answer(user: User) -> Message:
    """An answer in a conversation of `user`."""
    conversation = make_conversation(user)
    return make_message(conversation, role=Message.Role.ASSISTANT, parent_id=make_message(conversation).pk)


def path_of(message: Message) -> str:
    return f"/api/v1/messages/{message.pk}/feedback/"


def counted(model: str, rating: str) -> float:
    return REGISTRY.get_sample_value("chat_feedback_total", {"model": model, "rating": rating}) or 0


def test_the_last_word_counts(api: APIClient, answer: Message) -> None:
    first = api.post(path_of(answer), {"rating": 1}, format="json")
    assert first.status_code == 200
    second = api.post(
        path_of(answer), {"rating": -1, "reason": "incorrect", "comment": " No: 42.\n"}, format="json"
    ).json()
    assert second == {
        "message_id": str(answer.pk),
        "rating": -1,
        "reason": "incorrect",
        "comment": " No: 42.\n",
        "created_at": first.json()["created_at"],
        "updated_at": second["updated_at"],
    }
    assert second["updated_at"] > first.json()["updated_at"]
    assert api.get(path_of(answer)).json() == second
    assert Feedback.objects.get().rating == -1


def test_feedback_that_is_taken_back_is_gone(api: APIClient, answer: Message) -> None:
    api.post(path_of(answer), {"rating": 1}, format="json")
    assert [api.delete(path_of(answer)).status_code for _ in range(2)] == [204, 204]
    assert_error(api.get(path_of(answer)), 404, "not_found")


def test_feedback_is_not_taken_back_under_a_legal_hold(api: APIClient, answer: Message) -> None:
    api.post(path_of(answer), {"rating": 1}, format="json")
    User.objects.update(legal_hold=True)
    assert_error(api.delete(path_of(answer)), 403, "forbidden")
    assert Feedback.objects.exists()


def test_a_rating_costs_a_bounded_number_of_queries(
    api: APIClient, answer: Message, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    # the user, the message, three savepoints and their ends, the lock, the row, it again, the conversation
    with django_assert_max_num_queries(13):
        api.post(path_of(answer), {"rating": 1}, format="json")
    with django_assert_max_num_queries(2):  # the user, the row
        api.get(path_of(answer))


@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_the_answers_of_others_are_not_there(other_api: APIClient, answer: Message, method: str) -> None:
    assert_error(getattr(other_api, method)(path_of(answer), {"rating": 1}, format="json"), 404, "not_found")
    nobodys = path_of(Message(pk=uuid4()))
    assert_error(getattr(other_api, method)(nobodys, {"rating": 1}, format="json"), 404, "not_found")
    assert not Feedback.objects.exists()


def test_only_an_answer_that_has_ended_can_be_rated(api: APIClient, answer: Message) -> None:
    for role, status in [("user", "completed"), ("assistant", "pending"), ("assistant", "held")]:
        Message.objects.filter(pk=answer.pk).update(role=role, status=status)
        assert_error(api.post(path_of(answer), {"rating": 1}, format="json"), 400, "invalid_input")
    Message.objects.filter(pk=answer.pk).update(role="assistant", status="stopped")
    assert api.post(path_of(answer), {"rating": 1}, format="json").status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("rating", 0),
        ("rating", 10**30),
        ("rating", "up"),
        ("rating", None),
        ("rating", [1]),
        ("reason", "because"),
        ("reason", None),
        ("comment", "a\x00b"),
        ("comment", "\ud800"),
        ("comment", "x" * 2_001),
        ("comment", {"a": 1}),
    ],
)
def test_a_field_that_cannot_be_is_named(api: APIClient, answer: Message, field: str, value: Any) -> None:
    body = {"rating": 1, field: value}
    response = api.post(path_of(answer), json.dumps(body), content_type="application/json")
    error = assert_error(response, 400, "invalid_input")
    assert list(error["details"]["fields"]) == [field]
    assert not Feedback.objects.exists()


def test_ratings_are_counted_by_model_but_never_by_the_names_of_an_import(
    user: User, api: APIClient, answer: Message
) -> None:
    Message.objects.filter(pk=answer.pk).update(metadata={"model": "big"})
    before = counted("big", "down")
    api.post(path_of(answer), {"rating": -1}, format="json")
    assert counted("big", "down") == before + 1

    imported = make_conversation(user, source="chatgpt:1")
    foreign = make_message(imported, role=Message.Role.ASSISTANT)
    Message.objects.filter(pk=foreign.pk).update(metadata={"model": "their-own"})
    before = counted("imported", "up")
    api.post(path_of(foreign), {"rating": 1}, format="json")
    assert counted("imported", "up") == before + 1
    assert counted("their-own", "up") == 0


def test_staff_read_feedback_with_the_answer_and_change_nothing(
    api: APIClient, answer: Message, staff_client: Client
) -> None:
    api.post(path_of(answer), {"rating": -1, "comment": "<b>bad</b>"}, format="json")
    page = staff_client.get(f"/admin/conversations/feedback/{answer.pk}/change/")
    assert page.status_code == 200
    assert answer.content in page.content.decode()
    assert b"<b>bad</b>" not in page.content
    assert staff_client.post(f"/admin/conversations/feedback/{answer.pk}/delete/", {"post": "yes"}).status_code == 403
