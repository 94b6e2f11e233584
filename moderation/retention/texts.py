"""The end of texts that moderation keeps: verdicts with their appeals, and reports. The audit log holds no text."""

import time
from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now

from moderation.models import Appeal, Report, Verdict

BATCH = 1_000


def delete_old_texts(*, deadline: float) -> tuple[int, int, bool]:
    """Deletes what is older than VERDICT_RETENTION_DAYS (0: nothing) until the monotonic `deadline`; gives how many
    verdicts and reports, and whether that was all. An open appeal keeps its verdict; a legal hold keeps everything of
    its account.
    """
    if not settings.VERDICT_RETENTION_DAYS:
        return 0, 0, True
    end = Now() - timedelta(days=settings.VERDICT_RETENTION_DAYS)
    verdicts = Verdict.objects.filter(created_at__lt=end, user__legal_hold=False)
    verdicts = verdicts.exclude(appeal__status=Appeal.Status.OPEN)
    reports = Report.objects.filter(created_at__lt=end, user__legal_hold=False)
    deleted_verdicts, all_verdicts = _delete(verdicts, deadline)
    deleted_reports, all_reports = _delete(reports, deadline)
    return deleted_verdicts, deleted_reports, all_verdicts and all_reports


def _delete(rows: QuerySet[Verdict] | QuerySet[Report], deadline: float) -> tuple[int, bool]:
    deleted = 0
    while ids := list(rows.order_by("created_at").values_list("pk", flat=True)[:BATCH]):
        if time.monotonic() > deadline:
            return deleted, False
        rows.filter(pk__in=ids).delete()
        deleted += len(ids)
    return deleted, True
