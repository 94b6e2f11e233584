"""The form behind the versions of a message."""

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from chatbot.lib.errors import AppError, NotFound
from conversations.branches import select_branch
from conversations.models import Message
from conversations.pages.access import ChatRequest, chat_page
from conversations.pages.outcomes import refused, to_conversation
from conversations.selectors import get_message


def message_in(request: ChatRequest, conversation_id: UUID, message_id: UUID) -> Message:
    """The caller's message, which must be of this conversation; raises NotFound."""
    message = get_message(user=request.user, message_id=message_id)
    if message.conversation_id != conversation_id:
        raise NotFound("There is no such message in this conversation.")
    return message


@require_POST
@chat_page
def show_branch(request: ChatRequest, conversation_id: UUID, message_id: UUID) -> HttpResponse:
    """Shows another version of a message with what follows it."""
    message_in(request, conversation_id, message_id)
    try:
        select_branch(user=request.user, message_id=message_id)
    except AppError as error:
        return refused(request, error, conversation_id)
    return to_conversation(conversation_id, around=message_id)
