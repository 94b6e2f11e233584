"""`/api/v1/conversations/…` and `/api/v1/messages/{id}/`."""

from collections.abc import Iterable
from typing import Any, cast
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chatbot.accounts.models import User
from chatbot.lib.api import CursorPages
from chatbot.lib.errors import InvalidInput
from chatbot.lib.etags import ConditionalReads
from conversations.api.message_pages import AROUND, MessagePages, read_id
from conversations.api.serializers import ConversationInput, ConversationOutput, MessageOutput, NewConversationInput
from conversations.branches import select_branch
from conversations.content import check_characters
from conversations.deletion import delete_conversation
from conversations.history import place_of
from conversations.models import Conversation, Message
from conversations.presets import begin_conversation
from conversations.selectors import branch_of, conversations_of, get_conversation, get_message
from conversations.services import announce, update_conversation
from conversations.tree import find_siblings
from conversations.versions import with_version

BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


class ConversationPages(CursorPages):
    """Conversations with the newest messages first."""

    ordering = ("-last_message_at", "-id")


def caller(request: Request) -> User:
    """The user behind an authenticated request."""
    return cast(User, request.user)


class ConversationList(ConditionalReads, ListAPIView[Conversation]):
    """Lists and creates conversations."""

    serializer_class = ConversationOutput
    pagination_class = ConversationPages

    def get_queryset(self) -> QuerySet[Conversation]:
        """The caller's conversations, filtered by `?archived=`, `?pinned=` and `?folder=`."""
        conversations = conversations_of(caller(self.request))
        for name in ("archived", "pinned"):
            if (value := self.request.query_params.get(name)) is not None:
                if value.lower() not in BOOLEANS:
                    raise InvalidInput(f"`{name}` must be true or false.")
                conversations = conversations.filter(**{name: BOOLEANS[value.lower()]})
        if (folder := self.request.query_params.get("folder")) is not None:
            check_characters(folder)
            conversations = conversations.filter(folder=folder)
        return with_version(conversations)

    def paginate_queryset(self, queryset: Any) -> Any:
        """One page. Where the client has one already, its versions are read before the page is."""
        if "If-None-Match" in self.request.headers:
            versions = queryset.values("id", "last_message_at", "version")
            self._check(row["version"] for row in super().paginate_queryset(versions) or [])
        page = super().paginate_queryset(queryset) or []
        self._check(conversation.version for conversation in page)
        return page

    def _check(self, versions: Iterable[str]) -> None:
        pages = cast(ConversationPages, self.paginator)
        self.check_version(*versions, pages.has_next, pages.has_previous)

    def post(self, request: Request) -> Response:
        """A new conversation."""
        data = NewConversationInput(data=request.data)
        data.is_valid(raise_exception=True)
        fields = data.changes()
        conversation = begin_conversation(user=caller(request), preset_id=fields.pop("preset"), **fields)
        announce(conversation)
        return Response(ConversationOutput(conversation).data, status=201)


class ConversationDetail(ConditionalReads):
    """Reads, changes and deletes one conversation."""

    def get(self, request: Request, conversation_id: UUID) -> Response:
        """The conversation."""
        conversation = get_conversation(user=caller(request), conversation_id=conversation_id)
        self.check_version(conversation.version)
        return Response(ConversationOutput(conversation).data)

    def patch(self, request: Request, conversation_id: UUID) -> Response:
        """Changes the given fields."""
        data = ConversationInput(data=request.data)
        data.is_valid(raise_exception=True)
        conversation = update_conversation(
            user=caller(request), conversation_id=conversation_id, changes=data.changes()
        )
        return Response(ConversationOutput(conversation).data)

    def delete(self, request: Request, conversation_id: UUID) -> Response:
        """Deletes the conversation and its messages."""
        delete_conversation(user=caller(request), conversation_id=conversation_id)
        return Response(status=204)


class MessageList(ConditionalReads, ListAPIView[Message]):
    """The messages of a conversation, newest first."""

    serializer_class = MessageOutput
    pagination_class = MessagePages

    def get_queryset(self) -> QuerySet[Message]:
        """The messages of the branch that the caller's conversation shows."""
        user, conversation_id = caller(self.request), self.kwargs["conversation_id"]
        conversation = get_conversation(user=user, conversation_id=conversation_id)
        self.check_version(conversation.version)
        return branch_of(conversation)

    def paginate_queryset(self, queryset: Any) -> Any:
        """One page, around a message where `?around=` names one."""
        around = self.request.query_params.get(AROUND)
        if around is None:
            return super().paginate_queryset(queryset)
        if CursorPages.cursor_query_param in self.request.query_params:
            raise InvalidInput("A page has a cursor, or is around a message.")
        place = place_of(
            user_id=caller(self.request).id,
            conversation_id=self.kwargs["conversation_id"],
            message_id=read_id(AROUND, around),
        )
        return cast(MessagePages, self.paginator).page_around(queryset, place.number, self.request)


class MessageDetail(ConditionalReads):
    """Reads one message."""

    def get(self, request: Request, message_id: UUID) -> Response:
        """The message, with its siblings."""
        message = get_message(user=caller(request), message_id=message_id)
        self.check_version(message.version)
        find_siblings([message])
        return Response(MessageOutput(message).data)


class SelectDoor(APIView):
    """Switches to another branch."""

    def post(self, request: Request, message_id: UUID) -> Response:
        """Shows the branch of the message, down to its newest leaf; gives the conversation."""
        conversation = select_branch(user=caller(request), message_id=message_id)
        return Response(ConversationOutput(conversation).data)
