"""Writes of exports: request_export, delete_export, note_download; and the reads of them."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from chatbot.accounts.legal_hold import refuse_on_hold
from chatbot.accounts.models import User
from chatbot.lib.errors import InvalidInput, NotFound, QuotaExceeded
from chatbot.lib.ids import new_id
from chatbot.lib.tasks import enqueue_on_commit
from conversations.models import Export
from conversations.selectors import get_conversation
from conversations.signals import noteworthy
from conversations.transfers.runs import UNFINISHED

KEPT = timedelta(days=7)
# Exports of one user that are kept at a time.
MOST = 10


def exports_of(user: User) -> QuerySet[Export]:
    """The exports of a user."""
    return Export.objects.filter(user=user)


def get_export(*, user: User, export_id: UUID) -> Export:
    """The user's export; raises NotFound."""
    export = exports_of(user).filter(pk=export_id).first()
    if export is None:
        raise NotFound("There is no such export.")
    return export


def expires_at(export: Export) -> datetime | None:
    """When a finished export is deleted."""
    return export.finished_at + KEPT if export.finished_at else None


@transaction.atomic
def request_export(*, user: User, form: Export.Format, conversation_id: UUID | None = None) -> Export:
    """Queues an export of one conversation, or of the whole account. The same again gives the same export until that
    has ended. Raises NotFound and QuotaExceeded.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two requests at once are one after the other
    conversation = get_conversation(user=user, conversation_id=conversation_id) if conversation_id else None
    mine = exports_of(user)
    same = mine.filter(conversation=conversation, format=form, status__in=UNFINISHED).first()
    if same is not None:
        return same
    if mine.count() >= MOST:
        raise QuotaExceeded(f"{MOST} exports are kept. Delete one first.")
    export = Export.objects.create(id=new_id(user.id), user=user, conversation=conversation, format=form)
    export.refresh_from_db(fields=["created_at"])
    enqueue_on_commit("conversations.run_export", str(export.pk))
    details = {"conversation_id": str(conversation_id or ""), "format": form.value}
    noteworthy.send(Export, action="export.requested", actor=user, target=export, details=details)
    return export


@transaction.atomic
def delete_export(*, user: User, export_id: UUID) -> None:
    """Deletes an export and its file; one that runs ends. Raises NotFound, and Forbidden under a legal hold."""
    export = get_export(user=user, export_id=export_id)
    refuse_on_hold(user.id)
    export.delete()


def note_download(*, export: Export, actor: User) -> None:
    """Puts on record that the file was fetched. Raises InvalidInput while there is none."""
    if not export.file:
        raise InvalidInput("The export has not ended yet.")
    details = {"conversation_id": str(export.conversation_id or ""), "format": export.format}
    noteworthy.send(Export, action="export.downloaded", actor=actor, target=export, details=details)
