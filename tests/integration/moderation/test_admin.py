"""Staff change policies; nobody changes verdicts."""

from typing import Any

import pytest
from django.test import Client

from chatbot.accounts.models import User
from chatbot.lib.errors import ContentPolicy
from moderation.models import AuditEntry, Policy, Rule, Verdict
from moderation.services import screen_prompt

ADD = "/admin/moderation/policy/add/"


def form(*rules: dict[str, str], name: str = "House") -> dict[str, Any]:
    """What the browser sends for a policy with these new rules."""
    fields: dict[str, Any] = {
        "name": name,
        "description": "",
        "enabled": "on",
        "rules-TOTAL_FORMS": len(rules),
        "rules-INITIAL_FORMS": 0,
    }
    for number, rule in enumerate(rules):
        values = {"kind": "words", "category": "custom", "action": "block", "message": "", **rule}
        fields.update({f"rules-{number}-{field}": value for field, value in values.items()})
    return fields


def test_a_rule_added_in_the_admin_works_at_once(staff: User, staff_client: Client) -> None:
    response = staff_client.post(ADD, form({"value": "badword"}))
    assert response.status_code == 302, response.content.decode()
    with pytest.raises(ContentPolicy):
        screen_prompt(user=staff, text="badword")
    entry = AuditEntry.objects.filter(action="policy.changed").get()
    assert entry.actor_id == staff.id
    assert entry.details["name"] == "House"


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "pattern", "value": "(unclosed"},
        {"kind": "pattern", "value": "a*"},
        {"kind": "words", "value": " \n "},
        {"kind": "max_length", "value": "many"},
        {"kind": "unknown", "value": "x"},
        {"action": "allow", "value": "x"},
        {"value": ""},
    ],
)
def test_a_rule_that_cannot_work_is_refused_with_a_reason(staff_client: Client, rule: dict[str, str]) -> None:
    response = staff_client.post(ADD, form(rule))
    assert response.status_code == 200
    assert b"errorlist" in response.content
    assert not Policy.objects.exists()


def test_deleting_a_policy_is_on_record(staff: User, staff_client: Client) -> None:
    policies = [Policy.objects.create(name=name) for name in ("One", "Two", "Three")]
    staff_client.post(f"/admin/moderation/policy/{policies[0].pk}/delete/", {"post": "yes"})
    action = {"action": "delete_selected", "_selected_action": [policy.pk for policy in policies[1:]], "post": "yes"}
    staff_client.post("/admin/moderation/policy/", action)
    assert not Policy.objects.exists()
    entries = AuditEntry.objects.filter(action="policy.deleted", actor_id=staff.id)
    assert {entry.details["name"] for entry in entries} == {"One", "Two", "Three"}


def test_verdicts_and_the_audit_log_are_read_only(user: User, staff_client: Client) -> None:
    Rule.objects.create(policy=Policy.objects.create(name="P"), kind="words", value="<b>x</b>", action="block")
    with pytest.raises(ContentPolicy):
        screen_prompt(user=user, text="so <b>x</b> it is")
    entry = AuditEntry.objects.exclude(action="signed_in").get()
    before = AuditEntry.objects.count()
    for model, row in (("verdict", Verdict.objects.get()), ("auditentry", entry)):
        base = f"/admin/moderation/{model}/"
        page = staff_client.get(f"{base}{row.pk}/change/")
        assert page.status_code == 200
        assert b"<b>x</b>" not in page.content
        assert b"<b>x</b>" not in staff_client.get(base).content
        assert staff_client.get(f"{base}add/").status_code == 403
        assert staff_client.post(f"{base}{row.pk}/change/", {"action": "x"}).status_code == 403
        assert staff_client.post(f"{base}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert (Verdict.objects.count(), AuditEntry.objects.count()) == (1, before)
