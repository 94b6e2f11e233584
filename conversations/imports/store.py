"""Stores a draft: the whole conversation in one transaction, or nothing of it."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from chatbot.accounts.models import User
from chatbot.lib.ids import new_id
from conversations.attachments.snapshots import KEY
from conversations.imports.drafts import Draft, DraftMessage
from conversations.imports.files import Taken
from conversations.models import Attachment, Conversation, Feedback

# Which import made a conversation, for the one that was interrupted.
MADE_BY = "import"
MESSAGES_AT_A_TIME = 1_000

_COPY = """
COPY messages (id, user_id, conversation_id, parent_id, role, status, content, tokens, sequence_number, current,
               metadata, created_at)
FROM STDIN
"""


def known_import(*, user: User, source: str) -> str | None:
    """What made the conversation of the user that came from `source`: the id of an import, or nothing for one that was
    never imported. None when there is no such conversation.
    """
    mine = Conversation.objects.filter(user=user)
    kind, _, name = source.partition(":")
    if kind == "chatbot" and (own := _uuid(name)) and mine.filter(pk=own).exists():
        return ""
    metadata = mine.filter(source=source).values_list("metadata", flat=True).first()
    return None if metadata is None else str(metadata.get(MADE_BY, ""))


def store_draft(*, user: User, draft: Draft, import_id: UUID, files: Taken) -> bool:
    """Adds the conversation; False when somebody else added it meanwhile."""
    try:
        with transaction.atomic():
            _store(user, draft, import_id, files)
    except IntegrityError:
        if known_import(user=user, source=draft.source) is None:
            raise
        return False
    return True


def _store(user: User, draft: Draft, import_id: UUID, files: Taken) -> None:
    now = timezone.now()
    created = min(draft.created_at or now, now)
    conversation = Conversation.objects.create(
        id=new_id(user.id),
        user=user,
        source=draft.source,
        title=draft.title,
        model_config=draft.model_config,
        metadata={**draft.metadata, MADE_BY: str(import_id)},
        archived=draft.archived,
        pinned=draft.pinned,
        folder=draft.folder,
        expires_at=draft.expires_at,
        # Retention counts from here: what is old is not taken away on the day it comes.
        restored_at=now,
        message_count=len(draft.messages),
        last_sequence_number=len(draft.messages),
        total_tokens=sum(message.tokens for message in draft.messages),
        created_at=created,
        last_message_at=min(draft.last_message_at or created, now),
    )
    ids = {message.key: new_id(user.id) for message in draft.messages}
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for row in _rows(conversation, draft.messages, ids, files):
            copy.write_row(row)
    _store_feedback(user, draft.messages, ids)
    mine = [attachment.pk for attachment in files.attachments.values()]
    Attachment.objects.filter(pk__in=mine, user=user, conversation=None).update(conversation=conversation)


def _rows(
    conversation: Conversation, messages: list[DraftMessage], ids: dict[str, UUID], files: Taken
) -> Iterator[tuple[Any, ...]]:
    """The rows of the messages, numbered as they come. One without a time has that of the one before it."""
    time = conversation.created_at
    for number, message in enumerate(messages, start=1):
        time = message.created_at or time
        metadata = message.metadata
        if KEY in metadata:
            metadata = {**metadata, KEY: files.snapshots(metadata[KEY])}
        yield (
            ids[message.key],
            conversation.user_id,
            conversation.pk,
            ids[message.parent] if message.parent is not None else None,
            *(message.role, message.status, message.content, message.tokens, number, message.current),
            json.dumps(metadata),
            time,
        )


def _store_feedback(user: User, messages: list[DraftMessage], ids: dict[str, UUID]) -> None:
    now = timezone.now()
    said = []
    for message in messages:
        if message.feedback:
            times = {name: message.feedback[name] or now for name in ("created_at", "updated_at")}
            said.append(Feedback(message_id=ids[message.key], user=user, **{**message.feedback, **times}))
    Feedback.objects.bulk_create(said, batch_size=MESSAGES_AT_A_TIME)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
