"""What the chat page shows: a conversation with a page of its messages, and what somebody wrote that was not sent."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone

from chatbot.accounts.models import User
from chatbot.lib import ratelimit
from chatbot.lib.errors import NotFound, Overloaded
from chatbot.lib.ratelimit import Usage
from conversations.history import HistoryPage, page_after, page_around, place_of
from conversations.models import Attachment, Conversation, Message
from conversations.pages.access import ChatRequest
from conversations.selectors import get_conversation, page_before, sidebar_conversations

# A page without JavaScript looks again for an answer after a quarter of the time that this has taken, in seconds
# between these, and for so long.
SOONEST, LATEST = 1, 10
LOOKS_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What stands in the composer. `error` says why it was not sent."""

    client_message_id: UUID = field(default_factory=uuid4)
    content: str = ""
    model: str = ""
    attachments: Sequence[Attachment] = ()
    temporary: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A page of history and the message that it is about: `found` says whether that is `here`, on another branch
    (`elsewhere`) or `gone`.
    """

    page: HistoryPage = field(default_factory=lambda: HistoryPage([]))
    around: UUID | None = None
    found: str = ""


def show_chat(
    request: ChatRequest, *, conversation_id: UUID | None = None, draft: Draft | None = None, status: int = 200
) -> HttpResponse:
    """The chat page with a conversation of the caller, or with a new one; raises NotFound. The address says which of
    its messages: those around one (`around`), before or after a number, else the newest.
    """
    user = request.user
    conversation, shown = None, Shown()
    if conversation_id is not None:
        conversation = get_conversation(user=user, conversation_id=conversation_id)
        shown = _shown(conversation, request.GET)
    draft = draft or Draft()
    context = {
        "conversation": conversation,
        "conversations": sidebar_conversations(user),
        "chat_messages": shown.page.messages,
        "older_cursor": shown.page.older,
        "newer_cursor": shown.page.newer,
        "around": shown.around,
        "around_found": shown.found,
        "draft": draft,
        "client_message_id": draft.client_message_id,
        "chosen_model": draft.model or (conversation.model_config.get("model") if conversation else None),
        "max_message_length": user.tier.max_message_length,
        "look_again_after": _look_again_after(shown.page),
        "usage": _usage(user),
    }
    return render(request, "chat/page.html", context, status=status)


def _usage(user: User) -> Usage | None:
    """What is left of this minute; None while that cannot be counted, which keeps no page from its reader."""
    try:
        return ratelimit.look(ratelimit.MESSAGES, user.pk, per_minute=user.tier.messages_per_minute)
    except Overloaded:
        return None


def _shown(conversation: Conversation, query: QueryDict) -> Shown:
    if around := _id(query.get("around", "")):
        try:
            place = place_of(user_id=conversation.user_id, conversation_id=conversation.pk, message_id=around)
        except NotFound:
            return Shown(page=_newest(conversation), found="gone")
        page = page_around(conversation, place)
        return Shown(page=page, around=around, found="here" if place.shown else "elsewhere")
    if (after := _number(query.get("after", ""))) is not None:
        page = page_after(conversation, after=after)
        return Shown(page=page if page.messages else _newest(conversation))
    if (before := _number(query.get("before", ""))) is not None:
        messages, older = page_before(conversation, before=before)
        return Shown(page=HistoryPage(messages, older=older, newer=before - 1 if messages else None))
    return Shown(page=_newest(conversation))


def _newest(conversation: Conversation) -> HistoryPage:
    messages, older = page_before(conversation)
    return HistoryPage(messages, older=older)


def _number(value: str) -> int | None:
    return int(value[:9]) if value.isdecimal() else None


def _id(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None


def _look_again_after(page: HistoryPage) -> int | None:
    """Seconds until a page whose newest answer is not there yet should be asked for again; None: never."""
    last = page.messages[-1] if page.messages else None
    if page.newer is not None or last is None or last.status != Message.Status.PENDING:
        return None
    age = timezone.now() - last.created_at
    if age > LOOKS_FOR:
        return None
    return max(SOONEST, min(LATEST, int(age.total_seconds()) // 4))
