"""`/api/v1/conversations/…` and `/api/v1/messages/{id}/`."""

from typing import cast
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chatbot.accounts.models import User
from chatbot.lib.api import CursorPages
from chatbot.lib.errors import InvalidInput
from conversations.api.serializers import ConversationInput, ConversationOutput, MessageOutput
from conversations.models import Conversation, Message
from conversations.selectors import conversations_of, get_conversation, get_message, messages_in
from conversations.services import announce, create_conversation, delete_conversation, update_conversation

BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


class ConversationPages(CursorPages):
    """Conversations with the newest messages first."""

    ordering = ("-last_message_at", "-id")


class MessagePages(CursorPages):
    """Messages, newest first."""

    ordering = "-sequence_number"


def caller(request: Request) -> User:
    """The user behind an authenticated request."""
    return cast(User, request.user)


class ConversationList(ListAPIView[Conversation]):
    """Lists and creates conversations."""

    serializer_class = ConversationOutput
    pagination_class = ConversationPages

    def get_queryset(self) -> QuerySet[Conversation]:
        """The caller's conversations, filtered by `?archived=` and `?pinned=`."""
        conversations = conversations_of(caller(self.request))
        for name in ("archived", "pinned"):
            if (value := self.request.query_params.get(name)) is not None:
                if value.lower() not in BOOLEANS:
                    raise InvalidInput(f"`{name}` must be true or false.")
                conversations = conversations.filter(**{name: BOOLEANS[value.lower()]})
        return conversations

    def post(self, request: Request) -> Response:
        """A new conversation."""
        data = ConversationInput(data=request.data)
        data.is_valid(raise_exception=True)
        conversation = create_conversation(user=caller(request), **data.changes())
        announce(conversation)
        return Response(ConversationOutput(conversation).data, status=201)


class ConversationDetail(APIView):
    """Reads, changes and deletes one conversation."""

    def get(self, request: Request, conversation_id: UUID) -> Response:
        """The conversation."""
        conversation = get_conversation(user=caller(request), conversation_id=conversation_id)
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


class MessageList(ListAPIView[Message]):
    """The messages of a conversation, newest first."""

    serializer_class = MessageOutput
    pagination_class = MessagePages

    def get_queryset(self) -> QuerySet[Message]:
        """The messages of the caller's conversation."""
        return messages_in(get_conversation(user=caller(self.request), conversation_id=self.kwargs["conversation_id"]))


class MessageDetail(APIView):
    """Reads one message."""

    def get(self, request: Request, message_id: UUID) -> Response:
        """The message."""
        return Response(MessageOutput(get_message(user=caller(request), message_id=message_id)).data)
