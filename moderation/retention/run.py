"""A run of retention: first what an earlier one left, then what is due, batch by batch, until its time is up."""

import logging
import time
from dataclasses import asdict, dataclass

from chatbot.accounts.models import User
from moderation import audit
from moderation.models import RetentionBatch
from moderation.retention.archive import is_configured
from moderation.retention.batches import abandon_batch, archive_batch, begin_batch, delete_batch, tidy_archive
from moderation.retention.due import next_batch, users_with_due_conversations
from moderation.retention.texts import delete_old_texts

logger = logging.getLogger(__name__)


@dataclass
class Totals:
    """What a run did."""

    batches: int = 0
    conversations: int = 0
    messages: int = 0
    verdicts: int = 0
    reports: int = 0
    finished: bool = False


def apply_retention(*, seconds: float) -> bool:
    """Takes out what is over, for so many seconds; False when that was not enough. It may be interrupted anywhere, and
    run beside itself. When the archive fails nothing is deleted, the failure is on record, and it is raised.
    """
    deadline = time.monotonic() + seconds
    totals = Totals()
    audit.record(action="retention.started", actor=None, details={"archive": is_configured()})
    try:
        totals.finished = _work(totals, deadline)
    except Exception as error:
        details = {**asdict(totals), "error": type(error).__name__}
        audit.record(action="retention.failed", actor=None, details=details)
        raise
    audit.record(action="retention.finished", actor=None, details=asdict(totals))
    return totals.finished


def _work(totals: Totals, deadline: float) -> bool:
    _take_up_unfinished(totals)
    for user in users_with_due_conversations():
        if not _apply_to(user, totals, deadline):
            return False
    totals.verdicts, totals.reports, finished = delete_old_texts(deadline=deadline)
    return finished


def _take_up_unfinished(totals: Totals) -> None:
    tidy_archive()
    for batch in RetentionBatch.objects.filter(status=RetentionBatch.Status.DELETING):
        _delete(batch, totals)


def _apply_to(user: User, totals: Totals, deadline: float) -> bool:
    """Takes out what is over of one user's; gives whether there was time for all of it. What changed under its hands
    comes next time.
    """
    while conversations := next_batch(user):
        if time.monotonic() > deadline:
            return False
        batch = begin_batch(user, conversations)
        try:
            archived = not batch.folder or archive_batch(batch)
        except Exception:
            abandon_batch(batch)
            raise
        if not archived:
            return True
        _delete(batch, totals)
        if batch.deleted_conversations < len(conversations):
            return True
    return True


def _delete(batch: RetentionBatch, totals: Totals) -> None:
    delete_batch(batch)
    totals.batches += 1
    totals.conversations += batch.deleted_conversations
    totals.messages += batch.deleted_messages
