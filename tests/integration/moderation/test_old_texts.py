"""Verdicts and reports hold texts of users: they end by age, but for open appeals and legal holds."""

import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from pytest_django import Settings

from chatbot.accounts.models import User
from moderation.models import Appeal, AuditEntry, Report, Verdict
from moderation.retention import texts
from moderation.retention.run import apply_retention
from moderation.retention.texts import delete_old_texts

pytestmark = pytest.mark.django_db
DAYS = 180


def soon() -> float:
    return time.monotonic() + 60


def make_verdict(user: User, *, days: float = DAYS + 1) -> Verdict:
    verdict = Verdict.objects.create(user=user, stage="prompt", action="flag", content="text")
    Verdict.objects.filter(pk=verdict.pk).update(created_at=timezone.now() - timedelta(days=days))
    return verdict


def make_report(user: User, *, days: float = DAYS + 1) -> Report:
    report = Report.objects.create(user=user, message_id=uuid4(), reason="other", content="text")
    Report.objects.filter(pk=report.pk).update(created_at=timezone.now() - timedelta(days=days))
    return report


def test_only_what_is_too_old_goes(user: User) -> None:
    young, report = make_verdict(user, days=DAYS - 1), make_report(user, days=DAYS - 1)
    make_verdict(user)
    make_report(user)
    assert delete_old_texts(deadline=soon()) == (1, 1, True)
    assert Verdict.objects.get() == young
    assert Report.objects.get() == report


def test_an_open_appeal_keeps_its_verdict_and_a_decided_one_goes_with_it(user: User) -> None:
    open_one, decided = make_verdict(user), make_verdict(user)
    Appeal.objects.create(user=user, verdict=open_one, text="Why?")
    Appeal.objects.create(user=user, verdict=decided, text="Why?", status=Appeal.Status.UPHELD)
    assert delete_old_texts(deadline=soon()) == (1, 0, True)
    assert Appeal.objects.get().verdict == Verdict.objects.get() == open_one


def test_a_legal_hold_keeps_all_and_the_database_sees_to_it(user: User) -> None:
    verdict, report = make_verdict(user), make_report(user)
    Appeal.objects.create(user=user, verdict=verdict, text="Why?", status=Appeal.Status.UPHELD)
    User.objects.update(legal_hold=True)
    assert delete_old_texts(deadline=soon()) == (0, 0, True)
    for table in ("moderation_verdict", "moderation_report", "moderation_appeal"):
        with (
            pytest.raises(DatabaseError, match="legal hold"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"DELETE FROM {table}")
    assert Report.objects.get() == report


def test_nothing_goes_where_it_is_to_be_kept_for_ever(user: User, settings: Settings) -> None:
    settings.VERDICT_RETENTION_DAYS = 0
    make_verdict(user, days=10_000)
    assert delete_old_texts(deadline=soon()) == (0, 0, True)


def test_it_goes_on_where_time_ran_out(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "BATCH", 2)
    for _ in range(3):
        make_verdict(user)
    assert delete_old_texts(deadline=time.monotonic() - 1) == (0, 0, False)
    assert delete_old_texts(deadline=soon()) == (3, 0, True)


def test_a_run_of_retention_deletes_them_and_counts_them(user: User) -> None:
    make_verdict(user)
    make_report(user)
    assert apply_retention(seconds=60)
    details = AuditEntry.objects.get(action="retention.finished").details
    assert (details["verdicts"], details["reports"], details["finished"]) == (1, 1, True)
