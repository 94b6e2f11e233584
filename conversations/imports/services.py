"""Writes of imports: request_import; and the reads of them."""

import hashlib
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import transaction
from django.db.models import QuerySet

from chatbot.accounts.models import User
from chatbot.lib.errors import InvalidInput, NotFound, QuotaExceeded
from chatbot.lib.ids import new_id
from chatbot.lib.tasks import enqueue_on_commit
from conversations.attachments.files import claim_files, write_files
from conversations.models import Import
from conversations.signals import noteworthy
from conversations.transfers.runs import UNFINISHED

# Imports of one user that wait or run at a time.
MOST = 3


def imports_of(user: User) -> QuerySet[Import]:
    """The imports of a user."""
    return Import.objects.filter(user=user)


def get_import(*, user: User, import_id: UUID) -> Import:
    """The user's import; raises NotFound."""
    found = imports_of(user).filter(pk=import_id).first()
    if found is None:
        raise NotFound("There is no such import.")
    return found


def check_size(size: int) -> None:
    """Raises InvalidInput for a file that is larger than an import may be. `size` is in bytes."""
    most = settings.MAX_IMPORT_BYTES
    if size > most:
        raise InvalidInput(f"The file is too large: {most:,} bytes are allowed.", details={"max_size": most})


def request_import(*, user: User, upload: TemporaryUploadedFile) -> Import:
    """Queues the import of a file. The same file again gives the same import until that has ended.

    Raises InvalidInput, QuotaExceeded, and Overloaded when the storage fails.
    """
    check_size(upload.size or 0)
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    if same := _same(user, digest.hexdigest()):
        return same
    made = Import(id=new_id(user.id), user=user, sha256=digest.hexdigest(), size=upload.size)
    made.file = f"imports/{made.pk.hex[:2]}/{made.pk}"
    upload.seek(0)
    write_files({made.file.name: upload})
    return _store(made)


def _same(user: User, sha256: str) -> Import | None:
    """The same that has not ended. Raises QuotaExceeded when there are enough others."""
    unfinished = imports_of(user).filter(status__in=UNFINISHED)
    if same := unfinished.filter(sha256=sha256).first():
        return same
    if unfinished.count() >= MOST:
        raise QuotaExceeded(f"{MOST} imports may be under way. Wait for one to end.", retry_after=30)
    return None


@transaction.atomic
def _store(made: Import) -> Import:
    """A file that nobody claims is removed."""
    User.objects.select_for_update(no_key=True).get(pk=made.user_id)  # two requests at once are one after the other
    if same := _same(made.user, made.sha256):
        return same
    claim_files([str(made.file)])
    made.save(force_insert=True)
    made.refresh_from_db(fields=["created_at"])
    enqueue_on_commit("conversations.run_import", str(made.pk))
    noteworthy.send(Import, action="import.requested", actor=made.user, target=made, details={"bytes": made.size})
    return made
