"""Celery tasks: what ends by itself. Each may run twice, and goes on where it was interrupted."""

from threading import BoundedSemaphore
from uuid import UUID

from celery import shared_task

from chatbot.lib.tasks import enqueue_on_commit
from conversations import account_deletion, deletion, expiry
from conversations.attachments.files import remove_discarded_files
from conversations.attachments.services import delete_unused_attachments
from conversations.exports.run import run_export
from conversations.imports.run import run_import
from conversations.search import upkeep
from conversations.transfers.upkeep import sweep_transfers

# Well below CELERY_TASK_TIME_LIMIT: one step may take some seconds.
SECONDS = 60.0
# A whole account may take long: so many at a time in one process, that other tasks have places left, and memory.
TRANSFER_SECONDS = 3_600
_places = BoundedSemaphore(2)
BUSY_SECONDS = 5


@shared_task(name="conversations.finish_deletions")
def finish_deletions() -> bool:
    """Finishes what was too long to be deleted at once; gives whether it could. Beat calls it every minute as well."""
    finished = deletion.finish_deletions(seconds=SECONDS)
    if not finished:
        enqueue_on_commit("conversations.finish_deletions")
    return finished


@shared_task(name="conversations.expire_temporary_chats")
def expire_temporary_chats() -> int:
    """Deletes the temporary chats whose time is over; gives how many. What is left for want of time comes next time."""
    return expiry.expire_temporary_chats(seconds=SECONDS)


@shared_task(name="conversations.delete_unused_attachments")
def delete_unused() -> int:
    """Deletes uploads that no message named within a day; gives how many."""
    return delete_unused_attachments()


@shared_task(name="conversations.remove_discarded_files")
def remove_discarded() -> int:
    """Removes the bytes of what was deleted from the storage; gives how many files."""
    return remove_discarded_files(seconds=SECONDS)


@shared_task(name="conversations.delete_accounts")
def delete_accounts() -> bool:
    """Deletes accounts whose users asked for it, with all that they hold; gives whether it could. Beat calls it too."""
    finished = account_deletion.delete_accounts(seconds=SECONDS)
    if not finished:
        enqueue_on_commit("conversations.delete_accounts")
    return finished


@shared_task(name="conversations.learn_words")
def learn_words() -> bool:
    """Learns the words of new messages for searches by parts of words; gives whether it could learn all of them."""
    return upkeep.learn_new_words(seconds=SECONDS)


@shared_task(name="conversations.forget_words")
def forget_words() -> None:
    """Looks at some words, and forgets those that no message has any more: once round in a day where there are many."""
    upkeep.forget_old_words(seconds=SECONDS / 12)


@shared_task(name="conversations.run_export", time_limit=TRANSFER_SECONDS)
def export(export_id: str) -> bool:
    """Writes the file of an export; gives whether it did. Enqueued again by the sweep until somebody has."""
    if not _places.acquire(blocking=False):
        enqueue_on_commit("conversations.run_export", export_id, countdown=BUSY_SECONDS)
        return False
    try:
        return run_export(UUID(export_id))
    finally:
        _places.release()


@shared_task(name="conversations.run_import", time_limit=TRANSFER_SECONDS)
def import_file(import_id: str) -> bool:
    """Takes in the file of an import; gives whether it did. One that was interrupted goes on."""
    if not _places.acquire(blocking=False):
        enqueue_on_commit("conversations.run_import", import_id, countdown=BUSY_SECONDS)
        return False
    try:
        return run_import(UUID(import_id))
    finally:
        _places.release()


@shared_task(name="conversations.sweep_transfers")
def sweep() -> int:
    """Takes up exports and imports that nobody works at, and ends those whose time is over; gives how many."""
    return sweep_transfers()
