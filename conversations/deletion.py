"""The one way in which conversations are deleted: a bounded number of messages at a time, in short transactions.

A conversation is gone for its user with the first of them. What is too long for one is marked (`deleted_at`) and
finished by Celery, batch by batch, however often that is interrupted. A legal hold refuses all of it.
"""

import time
from contextlib import suppress
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import CASCADE, ForeignObjectRel, Model, QuerySet
from django.db.models.functions import Now

from chatbot.accounts.legal_hold import refuse_on_hold
from chatbot.accounts.models import User
from chatbot.lib.errors import Forbidden, NotFound
from chatbot.lib.ids import id_range
from chatbot.lib.tasks import enqueue_on_commit
from conversations.models import Conversation, Message
from conversations.services import lock_conversation
from conversations.signals import conversation_deleted

# Rows that one statement deletes: about a fifth of a second.
BATCH = 1_000


@transaction.atomic
def delete_conversation(*, user: User, conversation_id: UUID) -> int:
    """Deletes a conversation with all that belongs to it; its answers that are being written are stopped. Gives how
    many messages it had. Raises NotFound, and Forbidden under a legal hold.
    """
    refuse_on_hold(user.id)
    return delete_locked(lock_conversation(user=user, conversation_id=conversation_id))


def delete_locked(conversation: Conversation) -> int:
    """Deletes a conversation whose lock the caller holds, having asked for the legal hold in the same transaction.
    Gives how many messages it had.
    """
    answers = list(_messages(conversation, status=Message.Status.PENDING).values_list("pk", flat=True))
    conversation_id, count = conversation.pk, conversation.message_count
    if _delete_messages(conversation) < BATCH:
        conversation.delete()
    else:
        _delete_shown(conversation)
        Conversation.objects.filter(pk=conversation_id).update(deleted_at=Now(), source="")
        enqueue_on_commit("conversations.finish_deletions")
    news = {"user_id": conversation.user_id, "conversation_id": conversation_id, "answers": answers}
    transaction.on_commit(partial(conversation_deleted.send, sender=Conversation, **news))
    return count


def finish_deletions(*, seconds: float) -> bool:
    """Goes on with what is marked, for so many seconds; False when that was not enough. Passes by what somebody else is
    deleting, and accounts on hold. Safe to run anywhere, at any time, in any number.
    """
    deadline = time.monotonic() + seconds
    marked = Conversation.with_deleted.filter(deleted_at__isnull=False, user__legal_hold=False)
    for conversation_id in list(marked.order_by("deleted_at").values_list("pk", flat=True)):
        while _delete_more(conversation_id):
            if time.monotonic() > deadline:
                return False
    return True


@transaction.atomic
def _delete_more(conversation_id: UUID) -> bool:
    """Deletes the next batch of a marked conversation, with the last one the conversation; gives whether more is left.
    What somebody else is deleting is left to them.
    """
    rows = Conversation.with_deleted.filter(pk=conversation_id, deleted_at__isnull=False)
    if (owner := rows.values_list("user_id", flat=True).first()) is None:
        return False
    try:
        refuse_on_hold(owner)
    except Forbidden:
        return False
    if (conversation := rows.select_for_update(skip_locked=True).first()) is None:
        return False
    more = _delete_messages(conversation) == BATCH
    if not more:
        conversation.delete()
    return more


def _messages(conversation: Conversation, **conditions: Any) -> QuerySet[Message]:
    in_partition = Message.objects.filter(id__range=id_range(conversation.user_id), conversation=conversation)
    return in_partition.filter(**conditions)


_LEAVE_CHILDREN = """
UPDATE messages SET parent_id = NULL
WHERE parent_id = ANY(%(ids)s) AND id BETWEEN %(first)s AND %(last)s AND NOT id = ANY(%(ids)s)
"""
_DELETE = "DELETE FROM messages WHERE id = ANY(%(ids)s) AND id BETWEEN %(first)s AND %(last)s"


def _delete_messages(conversation: Conversation) -> int:
    """Deletes the newest BATCH messages with what hangs on them; gives how many there were. Newest first, so that an
    answer goes before its question and hardly any row has to forget its parent.
    """
    newest = _messages(conversation).order_by("-sequence_number")
    ids = list(newest.values_list("pk", flat=True)[:BATCH])
    if ids:
        for relation in dependents(Message):
            _dependent_rows(relation, ids).delete()
        first, last = id_range(conversation.user_id)
        with connection.cursor() as cursor:
            cursor.execute(_LEAVE_CHILDREN, {"ids": ids, "first": first, "last": last})
            cursor.execute(_DELETE, {"ids": ids, "first": first, "last": last})
    return len(ids)


def _delete_shown(conversation: Conversation) -> None:
    """Deletes at once what a conversation shows elsewhere, such as its shared pages. What hangs on messages as well is
    left to their batches.
    """
    of_messages = {relation.related_model for relation in dependents(Message)} | {Message}
    for relation in dependents(Conversation):
        if relation.related_model not in of_messages:
            _dependent_rows(relation, [conversation.pk]).delete()


def dependents(model: type[Model]) -> list[ForeignObjectRel]:
    """The relations by which rows of other tables, of whatever layer, go with a row of `model`."""
    related = [field for field in model._meta.get_fields(include_hidden=True) if isinstance(field, ForeignObjectRel)]
    return [
        relation
        for relation in related
        if not relation.many_to_many and relation.on_delete is CASCADE and relation.related_model is not model
    ]


def _dependent_rows(relation: ForeignObjectRel, ids: list[UUID]) -> QuerySet[Any]:
    return relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": ids})


def delete_everything_of(*, user_id: UUID, seconds: float) -> bool:
    """Deletes what belongs to an account, all but the account's own row, for so many seconds. Gives whether nothing is
    left: until then it is to be called again, and goes on where it was.

    Raises Forbidden under a legal hold. The caller has made sure that the account can no longer add anything.
    """
    deadline = time.monotonic() + seconds
    user = User.objects.get(pk=user_id)
    while ids := list(Conversation.objects.filter(user=user).values_list("pk", flat=True)[:BATCH]):
        for conversation_id in ids:
            with suppress(NotFound):
                delete_conversation(user=user, conversation_id=conversation_id)
            if time.monotonic() > deadline:
                return False
    for conversation_id in list(Conversation.with_deleted.filter(user=user).values_list("pk", flat=True)):
        while _delete_more(conversation_id):
            if time.monotonic() > deadline:
                return False
    for relation in dependents(User):
        while relation.related_model is not Message and _delete_rows_of(user_id, relation):
            if time.monotonic() > deadline:
                return False
    return not Conversation.with_deleted.filter(user=user).exists()


@transaction.atomic
def _delete_rows_of(user_id: UUID, relation: ForeignObjectRel) -> bool:
    """Deletes the next BATCH rows that belong to the user; gives whether more may be left."""
    refuse_on_hold(user_id)
    rows = _dependent_rows(relation, [user_id]).order_by("pk")
    ids = list(rows.values_list("pk", flat=True)[:BATCH])
    if ids:
        rows.filter(pk__in=ids).order_by().delete()
    return len(ids) == BATCH
