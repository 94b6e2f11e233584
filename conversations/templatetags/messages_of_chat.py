"""What the chat page says about one message."""

from dataclasses import dataclass
from uuid import UUID, uuid5

from django import template

from conversations.models import Message

register = template.Library()


@dataclass(frozen=True, slots=True)
class Versions:
    """Which of its siblings a message is, counted from 1, and the ids of those beside it."""

    position: int
    count: int
    previous: str | None
    following: str | None


@register.filter
def versions(message: Message) -> Versions | None:
    """Of a message that has siblings; None of one that has none."""
    siblings, name = list(message.siblings), str(message.pk)
    if len(siblings) < 2 or name not in siblings:
        return None
    place = siblings.index(name)
    return Versions(
        position=place + 1,
        count=len(siblings),
        previous=siblings[place - 1] if place else None,
        following=siblings[place + 1] if place + 1 < len(siblings) else None,
    )


@register.filter
def request_id(message: Message, page_id: UUID) -> UUID:
    """The `client_message_id` of what a form asks about this message: one for each message of each page."""
    return uuid5(page_id, str(message.pk))
