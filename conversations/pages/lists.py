"""The page with all conversations of a user, and that with what a search finds."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive
from django.views.decorators.http import require_safe

from chatbot.accounts.models import User
from chatbot.lib.errors import AppError
from conversations.content import check_characters
from conversations.models import Conversation
from conversations.pages.access import ChatRequest, chat_page
from conversations.search.matches import Filters
from conversations.search.pages import Page, search_messages
from conversations.search.query import parse
from conversations.search.titles import as_result, titles_with
from conversations.selectors import conversations_of

PAGE = 50
RESULTS = 20
# Conversations whose titles match stand above the messages that do.
TITLES = 5


@dataclass(frozen=True, slots=True)
class Filter:
    """Which conversations are listed."""

    archived: bool = False
    folder: str = ""

    def of(self, user: User) -> QuerySet[Conversation]:
        """Those of the user, the newest messages first."""
        found = conversations_of(user).filter(archived=self.archived)
        return found.filter(folder=self.folder) if self.folder else found


@require_safe
@chat_page
def conversation_list(request: ChatRequest) -> HttpResponse:
    """All conversations, or those in the archive (`?archived=1`) or in one folder; 50 on a page."""
    wanted = Filter(archived=request.GET.get("archived") == "1", folder=_clean(request.GET.get("folder", "")))
    rows = wanted.of(request.user).order_by("-last_message_at", "-id")
    if place := _decode(request.GET.get("after", "")):
        moment, last_id = place
        rows = rows.filter(Q(last_message_at__lt=moment) | Q(last_message_at=moment, id__lt=last_id))
    shown = list(rows.only("id", "title", "pinned", "folder", "archived", "last_message_at", "expires_at")[: PAGE + 1])
    folders = conversations_of(request.user).exclude(folder="").order_by("folder").values_list("folder", flat=True)
    context = {
        "filter": wanted,
        "found": shown[:PAGE],
        "folders": list(folders.distinct()[:100]),
        "after": _encode(shown[PAGE - 1]) if len(shown) > PAGE else None,
    }
    return render(request, "chat/conversations.html", context)


@require_safe
@chat_page
def search(request: ChatRequest) -> HttpResponse:
    """The messages that match `?q=`, best first, and the conversations whose titles do."""
    text, cursor = request.GET.get("q", ""), request.GET.get("cursor") or None
    context: dict[str, Any] = {"text": text, "page": Page([]), "titles": [], "first": cursor is None}
    status = 200
    if text.strip():
        try:
            check_characters(text)
            context["page"] = search_messages(
                user_id=request.user.id, text=text, filters=Filters(), cursor=cursor, limit=RESULTS
            )
            context["titles"] = _titles(request.user, text) if cursor is None else []
        except AppError as error:
            context["error"], status = error.message, error.status
    return render(request, "chat/search.html", context, status=status)


def _titles(user: User, text: str) -> list[dict[str, Any]]:
    terms = parse(text)
    found = titles_with(user=user, terms=terms).order_by("-last_message_at", "-id")[:TITLES]
    return [as_result(conversation, terms) for conversation in found]


def _clean(text: str) -> str:
    """What can be a name; nothing for what cannot."""
    try:
        check_characters(text)
    except AppError:
        return ""
    return text


def _encode(conversation: Conversation) -> str:
    place = f"{conversation.last_message_at.isoformat()} {conversation.pk}"
    return urlsafe_b64encode(place.encode()).decode().rstrip("=")


def _decode(cursor: str) -> tuple[datetime, UUID] | None:
    """The place that a cursor names; None when it is none of ours."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        moment, _, identifier = urlsafe_b64decode(padded).decode().partition(" ")
        when = parse_datetime(moment)
        return (when, UUID(identifier)) if when and not is_naive(when) else None
    except (UnicodeError, binascii.Error, ValueError):
        return None
