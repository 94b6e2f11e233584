"""`/api/v1/search/`."""

from datetime import MINYEAR, UTC, date, datetime, time
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils.dateparse import parse_date, parse_datetime
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from chatbot.lib.api import CursorPages
from chatbot.lib.errors import InvalidInput
from conversations.api.views import caller
from conversations.content import check_characters
from conversations.models import Message
from conversations.search.matches import Filters
from conversations.search.pages import search_messages
from conversations.search.query import parse
from conversations.search.titles import as_result, titles_with
from conversations.selectors import get_conversation

PLACES = ("messages", "titles")
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class SearchPages(CursorPages):
    """Results, 20 a page when nothing else is asked for."""

    ordering = ("-last_message_at", "-id")
    page_size = 20
    max_page_size = 50


class SearchDoor(APIView):
    """Searches the caller's own messages, or the titles of their conversations."""

    def get(self, request: Request) -> Response:
        """A page of results, best first; titles have the newest conversations first."""
        query = request.query_params
        for _, values in query.lists():
            check_characters("".join(map(str, values)))
        place = query.get("in", PLACES[0])
        if place not in PLACES:
            raise InvalidInput(f"`in` must be one of {', '.join(PLACES)}.")
        filters = read_filters(query)
        return self._titles(request) if place == "titles" else self._messages(request, filters)

    def _messages(self, request: Request, filters: Filters) -> Response:
        query, user = request.query_params, caller(request)
        if filters.conversation:
            get_conversation(user=user, conversation_id=filters.conversation)
        page = search_messages(
            user_id=user.id,
            text=query.get("q", ""),
            filters=filters,
            cursor=query.get("cursor") or None,
            limit=SearchPages().get_page_size(request),
        )
        links = {"next": _link(request, page.next), "previous": _link(request, page.previous)}
        return Response({"results": page.results, **links})

    def _titles(self, request: Request) -> Response:
        terms = parse(request.query_params.get("q", ""))
        pages = SearchPages()
        found = pages.paginate_queryset(titles_with(user=caller(request), terms=terms), request, self) or []
        return pages.get_paginated_response([as_result(conversation, terms) for conversation in found])


def read_filters(query: QueryDict) -> Filters:
    """The filters of a search; raises InvalidInput."""
    role, conversation = query.get("role"), query.get("conversation")
    if role is not None and role not in Message.Role.values:
        raise InvalidInput(f"`role` must be one of {', '.join(Message.Role.values)}.")
    try:
        conversation_id = UUID(conversation) if conversation is not None else None
    except ValueError as error:
        raise InvalidInput("`conversation` must be the id of a conversation.") from error
    moments = {name: _moment(name, str(query[name])) for name in ("after", "before") if name in query}
    return Filters(role=role, model=query.get("model"), conversation=conversation_id, **moments)


def _moment(name: str, value: str) -> datetime:
    """A date, which is its first moment, or a time; UTC where nothing else is said. In UTC: PostgreSQL knows fewer
    offsets.
    """
    try:
        moment: datetime | date | None = parse_datetime(value) or parse_date(value)
    except ValueError:
        moment = None
    if moment is None:
        raise InvalidInput(f"`{name}` must be a date or a time, like 2026-11-22 or 2026-11-22T18:30:00Z.")
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    if not moment.tzinfo:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return _FIRST if moment.year == MINYEAR else _LAST


def _link(request: Request, cursor: str | None) -> str | None:
    address: Any = request.build_absolute_uri()
    return replace_query_param(address, "cursor", cursor) if cursor else None
