"""The chat page."""

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from chatbot.lib.trusted_types import with_trusted_types
from conversations.pages.access import ChatRequest, chat_page
from conversations.pages.chat import show_chat


@require_safe
@with_trusted_types
@chat_page
def chat(request: ChatRequest, conversation_id: UUID | None = None) -> HttpResponse:
    """A conversation of the caller, or the empty page of a new one."""
    return show_chat(request, conversation_id=conversation_id)
