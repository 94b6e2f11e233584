"""Staff put accounts on legal hold and erase archives; what they do is on record, and needs its own right."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from chatbot.accounts.models import User
from conversations.models import Conversation
from moderation.models import AuditEntry, RetentionBatch
from moderation.retention.run import apply_retention
from tests.factories import make_conversation, make_user
from tests.integration.moderation.archives import make_forgetful, make_rich

pytestmark = pytest.mark.django_db
HOLDS = reverse("admin:moderation_legalhold_changelist")
BATCHES = reverse("admin:moderation_retentionbatch_changelist")


def act(client: Client, page: str, action: str, *objects: Any, **fields: str) -> Any:
    data = {"action": action, "_selected_action": [str(each.pk) for each in objects], **fields}
    return client.post(page, data, follow=True)


def helper_with(*rights: str) -> Client:
    """A member of staff who is no superuser."""
    helper = make_user("helper", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client = Client()
    client.force_login(helper)
    return client


def test_a_hold_is_set_and_lifted_on_record(staff_client: Client, staff: User, user: User) -> None:
    act(staff_client, HOLDS, "put_on_hold", user)
    assert User.objects.get(pk=user.pk).legal_hold
    act(staff_client, HOLDS, "put_on_hold", user)
    act(staff_client, HOLDS, "lift_hold", user)
    assert not User.objects.get(pk=user.pk).legal_hold
    entries = AuditEntry.objects.filter(action__startswith="legal_hold").order_by("pk")
    assert [(e.action, e.actor_id, e.target_id) for e in entries] == [
        ("legal_hold.set", staff.pk, str(user.pk)),
        ("legal_hold.lifted", staff.pk, str(user.pk)),
    ]


@pytest.mark.parametrize(
    ("rights", "status", "held"),
    [
        ((), 403, False),
        (("view_legalhold",), 200, False),
        (("view_legalhold", "change_user", "delete_user"), 200, False),
        (("view_legalhold", "set_legal_hold"), 200, True),
    ],
)
def test_a_hold_needs_its_right(user: User, rights: tuple[str, ...], status: int, held: bool) -> None:
    response = act(helper_with(*rights), HOLDS, "put_on_hold", user)
    assert response.status_code == status
    assert User.objects.get(pk=user.pk).legal_hold is held


@pytest.mark.parametrize("bulk", [False, True])
@pytest.mark.parametrize("model", ["conversations_conversation", "accounts_user"])
def test_staff_are_told_that_a_hold_protects(staff_client: Client, user: User, model: str, bulk: bool) -> None:
    conversation = make_conversation(user, messages=1)
    User.objects.filter(pk=user.pk).update(legal_hold=True)
    target = user if model == "accounts_user" else conversation
    if bulk:
        page = reverse(f"admin:{model}_changelist")
        response = act(staff_client, page, "delete_selected", target, post="yes")
    else:
        response = staff_client.post(reverse(f"admin:{model}_delete", args=[target.pk]), {"post": "yes"})
    assert "ann is under a legal hold" in response.content.decode()
    assert Conversation.objects.exists()
    assert User.objects.get(pk=user.pk).is_active


def test_what_staff_delete_is_on_record_without_its_text(staff_client: Client, staff: User, user: User) -> None:
    conversation = make_conversation(user, messages=3, title="A secret")
    page = reverse("admin:conversations_conversation_delete", args=[conversation.pk])
    assert staff_client.post(page, {"post": "yes"}).status_code == 302
    assert not Conversation.objects.exists()
    entry = AuditEntry.objects.get(action="conversation.deleted")
    assert (entry.actor_id, entry.target_id) == (staff.pk, str(conversation.pk))
    assert entry.details == {"user": str(user.pk), "messages": 3}


def test_a_deleted_account_is_closed_at_once(staff_client: Client, user: User) -> None:
    make_conversation(user)
    page = reverse("admin:accounts_user_delete", args=[user.pk])
    assert staff_client.post(page, {"post": "yes"}).status_code == 302
    closed = User.objects.get(pk=user.pk)
    assert not closed.is_active
    assert closed.deletion_requested_at is not None


def test_the_last_administrator_is_protected(staff_client: Client, staff: User) -> None:
    response = staff_client.post(reverse("admin:accounts_user_delete", args=[staff.pk]), {"post": "yes"})
    assert "only administrator" in response.content.decode()
    assert User.objects.get(pk=staff.pk).is_active


class TestErasing:
    """An archive is erased by who may, but not under a legal hold."""

    @pytest.fixture
    def batch(self, archive: Path) -> RetentionBatch:
        make_rich(make_forgetful("ann"))
        assert apply_retention(seconds=60)
        return RetentionBatch.objects.get()

    def test_the_archive_goes_and_the_batch_stays(
        self, batch: RetentionBatch, archive: Path, staff_client: Client, staff: User
    ) -> None:
        act(staff_client, BATCHES, "erase", batch)
        assert not list(archive.glob("*/*/*"))
        batch.refresh_from_db()
        assert (batch.status, batch.folder) == ("erased", "")
        entry = AuditEntry.objects.get(action="archive.erased")
        assert (entry.actor_id, entry.details["sha256"]) == (staff.pk, batch.sha256)

    def test_not_under_a_legal_hold(self, batch: RetentionBatch, archive: Path, staff_client: Client) -> None:
        User.objects.filter(pk=batch.user_id).update(legal_hold=True)
        response = act(staff_client, BATCHES, "erase", batch)
        assert "legal hold" in response.content.decode()
        assert list(archive.glob("*/*/*"))

    @pytest.mark.parametrize(("right", "erased"), [("view_retentionbatch", False), ("delete_retentionbatch", True)])
    def test_not_without_the_right(self, batch: RetentionBatch, archive: Path, right: str, erased: bool) -> None:
        act(helper_with("view_retentionbatch", right), BATCHES, "erase", batch)
        assert bool(list(archive.glob("*/*/*"))) is not erased
