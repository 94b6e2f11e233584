"""The audit log only grows."""

import pytest
from django.db import DatabaseError, connection, transaction

from chatbot.accounts.models import User
from moderation import audit
from moderation.models import AuditEntry


@pytest.fixture
def entry(user: User) -> AuditEntry:
    return audit.record(action="test.done", actor=user, target_type="thing", target_id=7, details={"size": 1})


def test_an_entry_names_who_did_what_to_what(entry: AuditEntry, user: User) -> None:
    stored = AuditEntry.objects.get(pk=entry.pk)
    assert (stored.actor_id, stored.actor_label) == (user.id, "ann")
    assert (stored.target_type, stored.target_id, stored.details) == ("thing", "7", {"size": 1})
    assert stored.created_at is not None


def test_what_the_system_does_has_no_actor(db: None) -> None:
    entry = audit.record(action="test.done", actor=None, details={})
    assert (entry.actor_id, entry.actor_label) == (None, "")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE moderation_auditentry SET action = 'x'",
        "UPDATE moderation_auditentry SET details = '{}' WHERE id = (SELECT max(id) FROM moderation_auditentry)",
        "DELETE FROM moderation_auditentry",
    ],
)
def test_the_database_refuses_to_change_an_entry(entry: AuditEntry, sql: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert AuditEntry.objects.get().action == "test.done"


def test_the_orm_is_refused_as_well(entry: AuditEntry) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        entry.delete()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEntry.objects.update(action="x")


def test_an_entry_outlives_its_actor(entry: AuditEntry, user: User) -> None:
    identifier = user.id
    user.delete()
    entry.refresh_from_db()
    assert (entry.actor_id, entry.actor_label) == (identifier, "ann")


def test_an_entry_of_a_transaction_that_failed_is_not_kept(user: User) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        audit.record(action="test.done", actor=user, details={"size": 1 // 0})
    assert not AuditEntry.objects.exists()
