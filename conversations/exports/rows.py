"""Reads what exports write, in bounded pieces: neither the length of a conversation nor their number costs memory."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from chatbot.lib.ids import id_range
from conversations.models import Attachment, Conversation, Feedback, Message
from conversations.selectors import messages_in

MESSAGES_AT_A_TIME = 200
AT_A_TIME = 500

FIELDS = (
    *("id", "parent_id", "role", "status", "content", "tokens", "sequence_number", "current", "metadata", "created_at"),
    *("feedback__rating", "feedback__reason", "feedback__comment", "feedback__created_at", "feedback__updated_at"),
)
_WITHHELD = {Message.Status.HELD, Message.Status.BLOCKED}


def conversations_in(user_id: UUID) -> Iterator[Conversation]:
    """All conversations of a user, oldest first. Those that are begun meanwhile come at the end."""
    last = UUID(int=0)
    while page := list(Conversation.objects.filter(user_id=user_id, pk__gt=last).order_by("pk")[:AT_A_TIME]):
        yield from page
        last = page[-1].pk


def messages_of_all_branches(conversation: Conversation) -> Iterator[dict[str, Any]]:
    """All messages with what was said of them, by their numbers."""
    return _pages(conversation)


def messages_shown(conversation: Conversation) -> Iterator[dict[str, Any]]:
    """The messages of the branch that is shown."""
    return _pages(conversation, current=True)


def _pages(conversation: Conversation, **conditions: Any) -> Iterator[dict[str, Any]]:
    last = -1
    messages = messages_in(conversation).filter(**conditions).order_by("sequence_number")
    while page := list(messages.filter(sequence_number__gt=last).values(*FIELDS)[:MESSAGES_AT_A_TIME]):
        for row in page:
            # What readers may not see on the page they do not see here either.
            if row["role"] == Message.Role.ASSISTANT and row["status"] in _WITHHELD:
                row["content"] = ""
            yield row
        last = page[-1]["sequence_number"]


def attachments_in(user_id: UUID) -> Iterator[Attachment]:
    """All files of a user, oldest first."""
    last = UUID(int=0)
    files = Attachment.objects.filter(user_id=user_id).defer("text").order_by("pk")
    while page := list(files.filter(pk__gt=last)[:AT_A_TIME]):
        yield from page
        last = page[-1].pk


def feedback_in(user_id: UUID) -> Iterator[dict[str, Any]]:
    """All that a user said of answers, with the conversation of each."""
    last = UUID(int=0)
    said = Feedback.objects.filter(user_id=user_id, message__id__range=id_range(user_id)).order_by("pk")
    fields = ("message_id", "message__conversation_id", "rating", "reason", "comment", "created_at", "updated_at")
    while page := list(said.filter(pk__gt=last).values(*fields)[:AT_A_TIME]):
        for row in page:
            yield {"conversation_id": row.pop("message__conversation_id"), **row}
        last = page[-1]["message_id"]
