"""Adds a conversation whole: what was said elsewhere, in one go."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from chatbot.accounts.models import User
from chatbot.lib.ids import new_id
from conversations.attachments.services import claim_attachments
from conversations.attachments.snapshots import KEY
from conversations.models import Conversation, Message
from conversations.services import announce

MESSAGES_AT_A_TIME = 500


@dataclass(slots=True, kw_only=True)
class Said:
    """A message that was said elsewhere. Its attachments are the user's own, and in no conversation yet."""

    role: Message.Role
    content: str
    attachments: Sequence[UUID] = ()
    tokens: int = 0
    metadata: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def record_conversation(
    *,
    user: User,
    conversation_id: UUID,
    title: str,
    messages: Sequence[Said],
    model_config: dict[str, Any],
    metadata: dict[str, Any],
) -> Conversation:
    """A new conversation with these messages, one after the other. Their texts were checked by whoever took them in.

    Raises NotFound and InvalidInput for attachments that cannot be given to it.
    """
    now = timezone.now()
    conversation = Conversation.objects.create(
        id=conversation_id,
        user=user,
        title=title,
        model_config=model_config,
        metadata=metadata,
        message_count=len(messages),
        last_sequence_number=len(messages),
        total_tokens=sum(said.tokens for said in messages),
        last_message_at=now,
        created_at=now,
    )
    Message.objects.bulk_create(_in_line(conversation, messages), batch_size=MESSAGES_AT_A_TIME)
    announce(conversation)
    return conversation


def _in_line(conversation: Conversation, messages: Sequence[Said]) -> list[Message]:
    rows: list[Message] = []
    for number, said in enumerate(messages, start=1):
        row = Message(
            id=new_id(conversation.user_id),
            user_id=conversation.user_id,
            conversation=conversation,
            parent=rows[-1] if rows else None,
            role=said.role,
            status=Message.Status.COMPLETED,
            content=said.content,
            tokens=said.tokens,
            sequence_number=number,
            metadata=said.metadata,
            created_at=conversation.created_at,
        )
        if said.attachments:
            row.metadata[KEY] = claim_attachments(conversation=conversation, ids=said.attachments)
        rows.append(row)
    return rows
