"""One batch of retention, from the choice of its conversations to their deletion. Its row says how far it is.

A conversation is deleted only if its rows, read again under its lock, are those that the archive holds. Each step is
one transaction that names the state it leaves, so a step that was interrupted is done again or not at all, and of two
processes at the same batch one finds that it is late.
"""

import logging
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Now

from chatbot.accounts.legal_hold import refuse_on_hold
from chatbot.accounts.models import User
from chatbot.lib.errors import Forbidden, NotFound
from conversations.deletion import delete_locked
from conversations.models import Conversation
from conversations.services import lock_conversation
from moderation import audit
from moderation.models import RetentionBatch
from moderation.retention.archive import is_configured, remove_archive, write_archive
from moderation.retention.due import due_conversations
from moderation.retention.rows import digest_of, lines_of

logger = logging.getLogger(__name__)

Status = RetentionBatch.Status


def begin_batch(user: User, conversations: list[Conversation]) -> RetentionBatch:
    """A new batch of `conversations`, which are the user's."""
    batch = RetentionBatch(
        user_id=user.pk,
        user_label=user.get_username(),
        digests={str(conversation.pk): "" for conversation in conversations},
        conversations=len(conversations),
        status=Status.DELETING,
    )
    if is_configured():
        batch.status = Status.WRITING
        batch.folder = f"{user.pk}/{batch.pk}"
    batch.save(force_insert=True)
    return batch


def archive_batch(batch: RetentionBatch) -> bool:
    """Writes the archive of a batch and checks it; False when somebody else has given the batch up meanwhile. Raises
    what the storage raises, and DamagedArchive.
    """
    conversations = list(Conversation.objects.filter(pk__in=batch.digests, user_id=batch.user_id).order_by("pk"))
    about = {"batch": batch.pk, "user": {"id": batch.user_id, "username": batch.user_label}, "at": batch.created_at}
    written = write_archive(batch.folder, conversations, about=about)
    values = {
        "digests": written.digests,
        "conversations": written.manifest.conversations,
        "rows": written.manifest.rows,
        "files": written.manifest.files,
        "bytes": written.manifest.bytes,
        "size": written.size,
        "sha256": written.sha256,
    }
    if _move(batch, Status.WRITING, Status.DELETING, **values):
        return True
    remove_archive(batch.folder)
    return False


def abandon_batch(batch: RetentionBatch) -> None:
    """Gives up a batch whose archive was not finished, and removes what was written. Its conversations stay."""
    _move(batch, Status.WRITING, Status.ABANDONED, finished_at=Now())
    if batch.status == Status.ABANDONED:
        _clear(batch)


def erase_batch(batch: RetentionBatch, *, actor: User | None) -> None:
    """Removes the archive of a batch for good, on record. Raises Forbidden while its user is on legal hold."""
    with transaction.atomic():
        refuse_on_hold(batch.user_id)
        if _move(batch, Status.DONE, Status.ERASED):
            audit.record(
                action="archive.erased",
                actor=actor,
                target_type="user",
                target_id=batch.user_id,
                details={"batch": str(batch.pk), "archive": batch.folder, "sha256": batch.sha256},
            )
    if batch.status == Status.ERASED:
        _clear(batch)


def _clear(batch: RetentionBatch) -> None:
    if batch.folder:
        remove_archive(batch.folder)
        RetentionBatch.objects.filter(pk=batch.pk).update(folder="")


def tidy_archive() -> None:
    """Goes on where a process died: gives up archives that were not finished, removes what was to be removed, and
    erases the archives of accounts that are gone.
    """
    if not is_configured():
        return
    written = RetentionBatch.objects.exclude(folder="")
    for batch in written.filter(status__in=(Status.WRITING, Status.ABANDONED)):
        abandon_batch(batch)
    gone = written.filter(status__in=(Status.DONE, Status.ERASED)).exclude(
        Exists(User.objects.filter(pk=OuterRef("user_id")))
    )
    for batch in gone | written.filter(status=Status.ERASED):
        erase_batch(batch, actor=None)


def _move(batch: RetentionBatch, before: Status, after: Status, **values: object) -> bool:
    moved = RetentionBatch.objects.filter(pk=batch.pk, status=before).update(status=after, **values)
    batch.refresh_from_db()
    return bool(moved)


def delete_batch(batch: RetentionBatch) -> None:
    """Deletes the conversations of a batch one by one, and puts on record how many. What was changed or put on hold
    meanwhile stays.
    """
    user = User.objects.select_related("tier").filter(pk=batch.user_id).first()
    for conversation_id in map(UUID, batch.digests):
        try:
            if user is not None:
                _delete_unchanged(batch, user, conversation_id)
        except (Forbidden, NotFound) as error:
            logger.info("conversation not deleted", extra={"conversation": str(conversation_id), "reason": error.code})
    with transaction.atomic():
        if _move(batch, Status.DELETING, Status.DONE, finished_at=Now()):
            _record(batch)


@transaction.atomic
def _delete_unchanged(batch: RetentionBatch, user: User, conversation_id: UUID) -> None:
    refuse_on_hold(user.pk)
    conversation = lock_conversation(user=user, conversation_id=conversation_id)
    if not due_conversations(user).filter(pk=conversation.pk).exists():
        return
    if batch.folder and digest_of(lines_of(conversation)) != batch.digests[str(conversation_id)]:
        return
    messages = delete_locked(conversation)
    RetentionBatch.objects.filter(pk=batch.pk).update(
        deleted_conversations=F("deleted_conversations") + 1, deleted_messages=F("deleted_messages") + messages
    )


def _record(batch: RetentionBatch) -> None:
    audit.record(
        action="retention.deleted",
        actor=None,
        target_type="user",
        target_id=batch.user_id,
        details={
            "batch": str(batch.pk),
            "conversations": batch.deleted_conversations,
            "kept": batch.conversations - batch.deleted_conversations,
            "messages": batch.deleted_messages,
            "archive": batch.folder,
            "sha256": batch.sha256,
        },
    )
