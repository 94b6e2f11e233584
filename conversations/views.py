"""The chat page."""

from uuid import UUID, uuid4

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from chatbot.accounts.models import User
from chatbot.lib.errors import NotFound
from conversations.models import Conversation, Message
from conversations.selectors import get_conversation, page_before, sidebar_conversations


@require_safe
@login_required
def chat(request: HttpRequest, conversation_id: UUID | None = None) -> HttpResponse:
    """A conversation of the caller with its newest messages, or the empty page of a new one."""
    user = request.user
    if not isinstance(user, User) or not user.may_use_chat:
        raise PermissionDenied
    conversation: Conversation | None = None
    messages: list[Message] = []
    older: int | None = None
    if conversation_id is not None:
        try:
            conversation = get_conversation(user=user, conversation_id=conversation_id)
        except NotFound as error:
            raise Http404 from error
        before = request.GET.get("before", "")
        messages, older = page_before(conversation, before=int(before[:9]) if before.isdecimal() else None)
    context = {
        "conversation": conversation,
        "conversations": sidebar_conversations(user),
        "chat_messages": messages,
        "older_cursor": older,
        "client_message_id": uuid4(),
        "max_message_length": user.tier.max_message_length,
    }
    return render(request, "chat/page.html", context)
