"""Objections to verdicts."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from chatbot.accounts.models import User
from chatbot.lib.errors import ContentPolicy
from moderation.appeals import decide_appeal
from moderation.models import Action, Appeal, AuditEntry, Policy, Rule, Verdict
from moderation.services import screen_prompt
from tests.integration.conversations.test_api import assert_error

LIST = "/api/v1/moderation/appeals/"


def make_verdict(user: User, **fields: Any) -> Verdict:
    finding = {"policy": "House", "version": 1, "category": "abuse", "action": "block", "excerpt": "<b>word</b>"}
    values = {"stage": "prompt", "action": Action.BLOCK, "findings": [finding], "content": "the text", **fields}
    return Verdict.objects.create(user=user, **values)


@pytest.fixture
def verdict(user: User) -> Verdict:
    """A prompt of `user` that was blocked."""
    return make_verdict(user)


def post(api: APIClient, **body: Any) -> Any:
    return api.post(LIST, json.dumps(body, default=str), content_type="application/json")


def test_a_blocked_prompt_can_be_appealed_by_what_its_refusal_says(user: User, api: APIClient) -> None:
    Rule.objects.create(policy=Policy.objects.create(name="P"), kind="words", value="kill", action="block")
    with pytest.raises(ContentPolicy) as refused:
        screen_prompt(user=user, text="How do I kill a process?")
    response = post(api, verdict_id=(refused.value.details or {})["verdict_id"], text="A process is no person.")
    assert response.status_code == 201
    appeal = Appeal.objects.get()
    assert response.json() == {
        "id": str(appeal.pk),
        "verdict_id": str(appeal.verdict_id),
        "message_id": None,
        "stage": "prompt",
        "action": "block",
        "text": "A process is no person.",
        "status": "open",
        "answer": "",
        "created_at": response.json()["created_at"],
        "decided_at": None,
    }
    entry = AuditEntry.objects.get(action="appeal.created")
    assert (entry.actor_id, entry.target_id) == (user.id, str(appeal.pk))
    assert "person" not in str(entry.details)


def test_a_verdict_is_found_by_its_message_and_the_newest_counts(user: User, api: APIClient) -> None:
    message_id = uuid4()
    make_verdict(user, message_id=message_id, stage="answer")
    newest = make_verdict(user, message_id=message_id, stage="answer")
    response = post(api, message_id=message_id, text="No.")
    assert response.json()["verdict_id"] == str(newest.pk)
    assert response.json()["message_id"] == str(message_id)


def test_a_verdict_has_one_appeal(api: APIClient, verdict: Verdict) -> None:
    first = post(api, verdict_id=verdict.pk, text="No.")
    again = post(api, verdict_id=verdict.pk, text="No.")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert_error(post(api, verdict_id=verdict.pk, text="No!"), 409, "idempotency_conflict")
    assert AuditEntry.objects.filter(action="appeal.created").count() == 1


def test_verdicts_of_others_and_flags_are_not_there(
    user: User, api: APIClient, other_api: APIClient, verdict: Verdict
) -> None:
    assert_error(post(other_api, verdict_id=verdict.pk, text="Mine."), 404, "not_found")
    flagged = make_verdict(user, action=Action.FLAG)
    assert_error(post(api, verdict_id=flagged.pk, text="What?"), 404, "not_found")
    assert_error(post(api, message_id=uuid4(), text="What?"), 404, "not_found")
    assert not Appeal.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"verdict_id": None},
        {"message_id": str(UUID(int=1))},
        {"verdict_id": "x"},
        {"verdict_id": [7]},
        {"text": ""},
        {"text": " "},
        {"text": None},
        {"text": "\x00"},
        {"text": "\ud800"},
        {"text": "x" * 2_001},
    ],
    ids=str,
)
def test_an_appeal_that_cannot_be_is_refused(api: APIClient, verdict: Verdict, change: dict[str, Any]) -> None:
    assert_error(post(api, **{"verdict_id": verdict.pk, "text": "No.", **change}), 400, "invalid_input")
    assert not Appeal.objects.exists()


def test_the_list_has_ones_own_appeals_the_newest_first(
    user: User, other_user: User, api: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        Appeal.objects.create(user=user, verdict=make_verdict(user), text=str(number))
    Appeal.objects.create(user=other_user, verdict=make_verdict(other_user), text="theirs")
    with django_assert_num_queries(2):  # the user, the page
        page = api.get(LIST, {"limit": 3}).json()
    rest = api.get(page["next"]).json()
    assert [one["text"] for one in page["results"] + rest["results"]] == ["4", "3", "2", "1", "0"]
    assert rest["next"] is None


def test_an_appeal_is_decided_once(user: User, staff: User, verdict: Verdict) -> None:
    appeal = Appeal.objects.create(user=user, verdict=verdict, text="No.")
    assert decide_appeal(appeal_id=appeal.pk, actor=staff, granted=True, answer="You are right.")
    assert not decide_appeal(appeal_id=appeal.pk, actor=staff, granted=False)
    appeal.refresh_from_db()
    assert (appeal.status, appeal.answer, appeal.decided_by) == ("granted", "You are right.", staff)
    assert appeal.decided_at is not None
    assert list(AuditEntry.objects.values_list("action", "actor_id")) == [("appeal.granted", staff.id)]


def test_staff_decide_and_the_user_reads_the_answer(api: APIClient, staff_client: Client, verdict: Verdict) -> None:
    appeal_id = post(api, verdict_id=verdict.pk, text="<i>No.</i>").json()["id"]
    url = f"/admin/moderation/appeal/{appeal_id}/change/"
    page = staff_client.get(url).content.decode()
    assert "the text" in page
    assert "House: abuse" in page
    assert "<i>No.</i>" not in page
    assert "<b>word</b>" not in page
    assert "errorlist" in staff_client.post(url, {"answer": "Sorry."}).content.decode()
    assert staff_client.post(url, {"answer": "Sorry.", "decision": "upheld"}).status_code == 302
    (shown,) = api.get(LIST).json()["results"]
    assert (shown["status"], shown["answer"]) == ("upheld", "Sorry.")
    assert AuditEntry.objects.filter(action="appeal.upheld").exists()
    assert "Sorry." in staff_client.get(url).content.decode()
    assert staff_client.post(url, {"answer": "Well.", "decision": "granted"}).status_code == 403
    assert staff_client.post(url.replace("change", "delete"), {"post": "yes"}).status_code == 403


def test_a_decision_that_came_second_is_told_so(
    user: User, staff: User, staff_client: Client, verdict: Verdict, monkeypatch: pytest.MonkeyPatch
) -> None:
    appeal = Appeal.objects.create(user=user, verdict=verdict, text="No.")

    def decided_meanwhile(**values: Any) -> bool:
        decide_appeal(appeal_id=appeal.pk, actor=staff, granted=True, answer="First.")
        return decide_appeal(**values)

    monkeypatch.setattr("moderation.admin.appeals.decide_appeal", decided_meanwhile)
    url = f"/admin/moderation/appeal/{appeal.pk}/change/"
    page = staff_client.post(url, {"answer": "Second.", "decision": "upheld"}, follow=True)
    assert "decided this appeal already" in page.content.decode()
    appeal.refresh_from_db()
    assert (appeal.status, appeal.answer) == ("granted", "First.")
