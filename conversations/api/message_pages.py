"""Cursor pages of the messages that a conversation shows."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.utils.urls import remove_query_param
from rest_framework.views import APIView

from chatbot.lib.api import CursorPages
from chatbot.lib.errors import InvalidInput
from conversations.history import messages_within, window_around
from conversations.models import Message
from conversations.tree import find_siblings

AROUND = "around"


def read_id(name: str, value: str) -> UUID:
    """The id that a parameter of the address holds; raises InvalidInput."""
    try:
        return UUID(value)
    except ValueError as error:
        raise InvalidInput(f"`{name}` must be an id.") from error


class MessagePages(CursorPages):
    """Messages, newest first, with their siblings."""

    ordering = ("-sequence_number",)

    def paginate_queryset(
        self, queryset: QuerySet[Any] | Sequence[Any], request: Request, view: APIView | None = None
    ) -> list[Any]:
        """One page; raises InvalidInput for a cursor that is not one of ours."""
        page = super().paginate_queryset(queryset, request, view) or []
        find_siblings(page)
        return page

    def page_around(self, branch: QuerySet[Message], number: int, request: Request) -> list[Message]:
        """The page with the place `number` about its middle. Its cursors are those of any page."""
        self.request = request
        self.page_size = self.get_page_size(request)
        self.base_url = remove_query_param(request.build_absolute_uri(), AROUND)
        self.cursor = None
        window = window_around(branch, number, limit=self.page_size)
        self.page = []
        if window is not None:
            self.page = list(messages_within(branch, window).order_by(*self.ordering))
        find_siblings(self.page)
        older, newer = (window.older, window.newer) if window else (None, None)
        self.has_next, self.next_position = older is not None, str(older)
        self.has_previous, self.previous_position = newer is not None, str(newer)
        return self.page
