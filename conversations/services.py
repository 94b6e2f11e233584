"""Writes to conversations and messages."""

import json
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any, TypedDict, Unpack
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from chatbot.accounts.models import User
from chatbot.lib.errors import NotFound
from chatbot.lib.ids import new_id
from conversations.derived import void_derived
from conversations.models import Conversation, Message, Preset
from conversations.signals import conversation_changed

TITLE_LENGTH = 60


class ConversationFields(TypedDict, total=False):
    """What a conversation may begin with."""

    title: str
    archived: bool
    pinned: bool
    folder: str


def announce(conversation: Conversation) -> None:
    """Tells the user's other tabs and devices after the commit."""
    transaction.on_commit(partial(conversation_changed.send, sender=Conversation, conversation=conversation))


def title_from(content: str) -> str:
    """A first title: the beginning of the first message, cut at a word."""
    line = " ".join(content.split())
    if len(line) <= TITLE_LENGTH:
        return line
    return line[:TITLE_LENGTH].rsplit(" ", 1)[0].rstrip(".,;:") + "…"


def create_conversation(
    *,
    user: User,
    model_config: dict[str, Any] | None = None,
    temporary: bool = False,
    preset: Preset | None = None,
    **fields: Unpack[ConversationFields],
) -> Conversation:
    """A new, empty conversation; a `temporary` one is deleted after TEMPORARY_CHAT_HOURS. The caller announces it once
    it is as others should see it.
    """
    now = timezone.now()
    expires_at = now + timedelta(hours=settings.TEMPORARY_CHAT_HOURS) if temporary else None
    config = _without_nulls(model_config or {})
    return Conversation.objects.create(
        id=new_id(user.id),
        user=user,
        model_config=config,
        preset=preset,
        expires_at=expires_at,
        created_at=now,
        last_message_at=now,
        **fields,
    )


def _without_nulls(config: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in config.items() if value is not None}


def lock_conversation(*, user: User, conversation_id: UUID) -> Conversation:
    """The user's conversation with its row locked until the transaction ends; raises NotFound."""
    conversation = Conversation.objects.select_for_update().filter(pk=conversation_id, user=user).first()
    if conversation is None:
        raise NotFound("There is no such conversation.")
    return conversation


def _next_message(conversation: Conversation, **fields: Any) -> Message:
    """The next message of a locked conversation, with its number, not stored yet."""
    now = timezone.now()
    conversation.last_sequence_number += 1
    conversation.message_count += 1
    conversation.last_message_at = now
    return Message(
        id=new_id(conversation.user_id),
        user_id=conversation.user_id,
        conversation=conversation,
        sequence_number=conversation.last_sequence_number,
        created_at=now,
        **fields,
    )


_APPEND = """
WITH stored AS (
    INSERT INTO messages (id, user_id, conversation_id, parent_id, role, status, content, tokens, sequence_number,
                          metadata, created_at)
    VALUES {rows}
)
UPDATE conversations SET last_sequence_number = %s, message_count = %s, last_message_at = %s WHERE id = %s
"""
_ROW = "(%s, %s, %s, %s, %s, %s, %s, 0, %s, %s, %s)"


def _store(conversation: Conversation, messages: list[Message]) -> None:
    """Messages and counters in one statement: every send waits for it, and the ORM would take ten times as long."""
    values: list[Any] = []
    for m in messages:
        values += [m.pk, m.user_id, m.conversation_id, m.parent_id, m.role, m.status, m.content]
        values += [m.sequence_number, json.dumps(m.metadata) if m.metadata else "{}", m.created_at]
    counters: list[Any] = [conversation.last_sequence_number, conversation.message_count, conversation.last_message_at]
    with connection.cursor() as cursor:
        cursor.execute(_APPEND.format(rows=", ".join([_ROW] * len(messages))), [*values, *counters, conversation.pk])


def append_message(
    *,
    conversation: Conversation,
    role: Message.Role,
    status: Message.Status,
    content: str = "",
    parent_id: UUID | None = None,
) -> Message:
    """Adds a message at the end. The caller holds the lock of `conversation`, which gives out the number."""
    message = _next_message(conversation, role=role, status=status, content=content, parent_id=parent_id)
    _store(conversation, [message])
    return message


def append_turn(
    *,
    conversation: Conversation,
    content: str,
    parent_id: UUID | None,
    attachments: Sequence[dict[str, Any]] = (),
) -> tuple[Message, Message]:
    """Adds what the user says, with snapshots of what comes with it, and the placeholder of its answer, in one write.
    The caller holds the lock.
    """
    prompt = _next_message(
        conversation,
        role=Message.Role.USER,
        status=Message.Status.COMPLETED,
        content=content,
        parent_id=parent_id,
        metadata={"attachments": [*attachments]} if attachments else {},
    )
    answer = _next_message(
        conversation, role=Message.Role.ASSISTANT, status=Message.Status.PENDING, parent_id=prompt.pk
    )
    _store(conversation, [prompt, answer])
    return prompt, answer


_FINISH = """
WITH filled AS (
    UPDATE messages SET status = %s, content = %s, tokens = %s, metadata = %s WHERE id = %s
    RETURNING conversation_id, sequence_number, tokens
)
UPDATE conversations SET total_tokens = total_tokens + filled.tokens FROM filled
WHERE conversations.id = filled.conversation_id RETURNING filled.sequence_number
"""


def finish_message(
    *, message_id: UUID, status: Message.Status, content: str, tokens: int, metadata: dict[str, Any]
) -> int:
    """Fills an assistant's placeholder, inside the caller's transaction; gives its number."""
    with connection.cursor() as cursor:
        cursor.execute(_FINISH, [status.value, content, tokens, json.dumps(metadata), message_id])
        (number,) = cursor.fetchone()
        return int(number)


def reopen_message(*, message_id: UUID) -> None:
    """Makes a failed answer a placeholder again, inside the caller's transaction."""
    message = Message.objects.only("conversation_id", "sequence_number").get(pk=message_id)
    Message.objects.filter(pk=message_id).update(status=Message.Status.PENDING, content="", metadata={})
    void_derived(message)


@transaction.atomic
def update_conversation(*, user: User, conversation_id: UUID, changes: dict[str, Any]) -> Conversation:
    """Sets title, entries of model_config, archived, pinned or folder; raises NotFound. `changes` is validated."""
    conversation = lock_conversation(user=user, conversation_id=conversation_id)
    merged = {**conversation.model_config, **changes.get("model_config", {})}
    for name, value in {**changes, "model_config": _without_nulls(merged)}.items():
        setattr(conversation, name, value)
    conversation.save(update_fields=[*changes, "model_config"])
    announce(conversation)
    return conversation


@transaction.atomic
def set_generated_title(*, conversation_id: UUID, title: str, instead_of: str) -> bool:
    """Replaces the title unless somebody changed it since `instead_of` was read; gives whether it did."""
    changed = Conversation.objects.filter(pk=conversation_id, title=instead_of).update(title=title)
    if changed:
        announce(Conversation.objects.get(pk=conversation_id))
    return bool(changed)
