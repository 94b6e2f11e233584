"""What users report."""

import json
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from chatbot.accounts.models import User
from conversations.models import Message
from moderation.models import AuditEntry, Report
from tests.factories import make_conversation, make_message
from tests.integration.conversations.test_api import assert_error


@pytest.fixture
def answer(user: User) -> Message:
    """An answer in a conversation of `user`."""
    conversation = make_conversation(user)
    return make_message(conversation, role=Message.Role.ASSISTANT, content="Mix the two.")


def path_of(message: Message) -> str:
    return f"/api/v1/messages/{message.pk}/report/"


def test_a_report_keeps_a_copy_of_the_answer_and_is_on_record(user: User, api: APIClient, answer: Message) -> None:
    response = api.post(path_of(answer), {"reason": "harmful", "comment": "It is chlorine."}, format="json")
    assert response.status_code == 201
    report = Report.objects.get()
    assert response.json() == {
        "id": str(report.pk),
        "message_id": str(answer.pk),
        "reason": "harmful",
        "comment": "It is chlorine.",
        "created_at": response.json()["created_at"],
    }
    answer.conversation.delete()
    report.refresh_from_db()
    assert (report.content, report.user) == ("Mix the two.", user)
    entry = AuditEntry.objects.get(action="report.created")
    assert (entry.actor_id, entry.target_id) == (user.id, str(report.pk))
    assert entry.details == {"message_id": str(answer.pk), "reason": "harmful"}


def test_the_same_answer_is_reported_once(api: APIClient, answer: Message) -> None:
    first = api.post(path_of(answer), {"reason": "harmful"}, format="json")
    again = api.post(path_of(answer), {"reason": "other", "comment": "more"}, format="json")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert Report.objects.count() == AuditEntry.objects.filter(action="report.created").count() == 1


def test_a_report_costs_a_bounded_number_of_queries(
    api: APIClient, answer: Message, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    # the user, the message, two savepoints and their ends, the look, the row, its time, the record
    with django_assert_max_num_queries(11):
        api.post(path_of(answer), {"reason": "other"}, format="json")


def test_the_answers_of_others_and_ones_own_words_are_not_reported(
    user: User, api: APIClient, other_api: APIClient, answer: Message
) -> None:
    assert_error(other_api.post(path_of(answer), {"reason": "other"}, format="json"), 404, "not_found")
    prompt = make_message(make_conversation(user))
    assert_error(api.post(path_of(prompt), {"reason": "other"}, format="json"), 400, "invalid_input")
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("reason", ""),
        ("reason", "boring"),
        ("reason", None),
        ("comment", "\x00"),
        ("comment", "\udfff"),
        ("comment", 1.5e999),
    ],
)
def test_a_field_that_cannot_be_is_refused(api: APIClient, answer: Message, field: str, value: Any) -> None:
    body = json.dumps({"reason": "other", field: value})
    assert_error(api.post(path_of(answer), body, content_type="application/json"), 400, "invalid_input")
    assert not Report.objects.exists()


def test_staff_read_reports_and_change_nothing(api: APIClient, answer: Message, staff_client: Client) -> None:
    api.post(path_of(answer), {"reason": "other", "comment": "<b>look</b>"}, format="json")
    url = f"/admin/moderation/report/{Report.objects.get().pk}"
    page = staff_client.get(f"{url}/change/")
    assert page.status_code == 200
    assert b"Mix the two." in page.content
    assert b"<b>look</b>" not in page.content
    assert staff_client.post(f"{url}/delete/", {"post": "yes"}).status_code == 403
