"""Reads of conversations and messages. Every read of messages names an id range or an id: it touches one partition."""

from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet

from chatbot.accounts.models import User
from chatbot.lib.errors import NotFound
from chatbot.lib.ids import id_range
from conversations.models import Conversation, Message
from conversations.tree import find_siblings
from conversations.versions import with_version

SIDEBAR_LENGTH = 50


def conversations_of(user: User) -> QuerySet[Conversation]:
    """All conversations of a user."""
    return Conversation.objects.filter(user=user)


def sidebar_conversations(user: User) -> list[Conversation]:
    """What the sidebar shows first: the conversations with the newest messages."""
    recent = conversations_of(user).filter(archived=False).order_by("-last_message_at", "-id")
    return list(recent.only("id", "title", "pinned", "folder", "last_message_at")[:SIDEBAR_LENGTH])


def get_conversation(*, user: User, conversation_id: UUID) -> Conversation:
    """The user's conversation; raises NotFound."""
    conversation: Conversation | None = with_version(conversations_of(user)).filter(pk=conversation_id).first()
    if conversation is None:
        raise NotFound("There is no such conversation.")
    return conversation


def messages_of(user_id: UUID) -> QuerySet[Message]:
    """All messages of a user, read from that user's partition only."""
    return Message.objects.filter(id__range=id_range(user_id))


def messages_in(conversation: Conversation) -> QuerySet[Message]:
    """The messages of a conversation, of all its branches."""
    return messages_of(conversation.user_id).filter(conversation=conversation)


def _with_rating(messages: QuerySet[Any]) -> QuerySet[Any]:
    rated: QuerySet[Any] = messages.annotate(rating=F("feedback__rating"))
    return rated


def branch_of(conversation: Conversation) -> QuerySet[Message]:
    """The messages of the branch that a conversation shows, with what their user thinks of them."""
    return _with_rating(messages_in(conversation).filter(current=True))


def get_message(*, user: User, message_id: UUID) -> Message:
    """The user's message; raises NotFound."""
    messages = Message.objects.filter(pk=message_id, user=user, conversation__deleted_at=None)
    message: Message | None = _with_rating(with_version(messages)).first()
    if message is None:
        raise NotFound("There is no such message.")
    return message


def page_before(
    conversation: Conversation, *, before: int | None = None, limit: int = 50
) -> tuple[list[Message], int | None]:
    """Up to `limit` messages of the branch that is shown, before the number `before`, else the newest; oldest first,
    with the `before` of the page that comes next, None when there is none.
    """
    messages = branch_of(conversation).order_by("-sequence_number")
    if before is not None:
        messages = messages.filter(sequence_number__lt=before)
    rows = list(messages[: limit + 1])
    page = rows[:limit][::-1]
    find_siblings(page)
    return page, page[0].sequence_number if len(rows) > limit else None


def conversation_as_dict(conversation: Conversation) -> dict[str, Any]:
    """The conversation as the doors of the contract show it."""
    config = conversation.model_config
    return {
        "id": str(conversation.pk),
        "title": conversation.title,
        "preset": str(conversation.preset_id) if conversation.preset_id else None,
        "model": config.get("model"),
        "system_prompt": config.get("system_prompt"),
        "temperature": config.get("temperature"),
        "max_tokens": config.get("max_tokens"),
        "archived": conversation.archived,
        "pinned": conversation.pinned,
        "folder": conversation.folder,
        "message_count": conversation.message_count,
        "total_tokens": conversation.total_tokens,
        "last_message_at": conversation.last_message_at.isoformat(),
        "expires_at": conversation.expires_at.isoformat() if conversation.expires_at else None,
        "created_at": conversation.created_at.isoformat(),
    }
