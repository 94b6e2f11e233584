"""Bytes in the storage: written under a promise to be removed again, unless a row comes to name them."""

import logging
import time
from collections.abc import Sequence
from datetime import timedelta

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.functions import Now

from chatbot.lib.db import give_back_connection
from chatbot.lib.errors import Overloaded
from conversations.models import DiscardedFile

logger = logging.getLogger(__name__)

# Longer than any upload takes. What is not claimed by then came from a process that died.
WRITING = timedelta(hours=1)
# When a removal that failed, or whose process died, is tried again.
AGAIN = timedelta(minutes=10)
BATCH = 20


def write_files(files: dict[str, File[bytes]]) -> None:
    """Writes files under their names. Until `claim_files` they are listed as discarded. Raises Overloaded when the
    storage fails.
    """
    DiscardedFile.objects.bulk_create([DiscardedFile(name=name, due_at=Now() + WRITING) for name in files])
    give_back_connection()
    try:
        for name, file in files.items():
            saved = default_storage.save(name, file)
            if saved != name:
                raise FileExistsError(saved)
    except Exception as error:  # every storage has errors of its own
        logger.exception("file not stored")
        raise Overloaded("The file could not be stored. Please try again.", retry_after=10) from error


def claim_files(names: Sequence[str]) -> None:
    """Takes written files off the list, in the transaction that stores the row that names them. Raises Overloaded when
    that comes too late: they are being removed.
    """
    listed = DiscardedFile.objects.filter(name__in=names, removing=False)
    taken_off, _ = listed.delete()
    if taken_off != len(names):
        raise Overloaded("Storing the file took too long. Please try again.", retry_after=10)


def remove_discarded_files(*, seconds: float) -> int:
    """Removes what is due from the storage, for so many seconds; gives how many files. Safe to run anywhere, at any
    time, in any number.
    """
    deadline = time.monotonic() + seconds
    removed = 0
    while time.monotonic() < deadline and (names := _due()):
        done = [name for name in names if _remove(name)]
        DiscardedFile.objects.filter(name__in=done).delete()
        removed += len(done)
    return removed


@transaction.atomic(durable=True)
def _due() -> list[str]:
    """Up to BATCH due names, which now are this process's to remove. They are due again should it die."""
    due = DiscardedFile.objects.filter(due_at__lte=Now()).select_for_update(skip_locked=True)
    names = list(due.values_list("name", flat=True)[:BATCH])
    DiscardedFile.objects.filter(name__in=names).update(removing=True, due_at=Now() + AGAIN)
    return names


def _remove(name: str) -> bool:
    try:
        default_storage.delete(name)
    except Exception:  # every storage has errors of its own
        logger.exception("file not removed", extra={"file": name})
        return False
    return True
