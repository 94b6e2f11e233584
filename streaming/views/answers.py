"""The forms behind a message: word it anew, and stop its answer, try it again or ask for another."""

from uuid import UUID, uuid4

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from chatbot.lib.errors import AppError, IdempotencyConflict, InvalidInput
from conversations.attachments.snapshots import attached_names
from conversations.models import Message
from conversations.pages.access import ChatRequest, chat_page
from conversations.pages.branches import message_in
from conversations.pages.outcomes import refused, to_conversation
from streaming.services import (
    Edit,
    Regeneration,
    edit_message,
    regenerate_answer,
    retry_generation,
    stop_generation,
)
from streaming.views.reading import read_client_message_id, read_text


@require_POST
@chat_page
def stop(request: ChatRequest, conversation_id: UUID, message_id: UUID) -> HttpResponse:
    """Ends an answer; its text so far stays."""
    message_in(request, conversation_id, message_id)
    try:
        stop_generation(user=request.user, message_id=message_id)
    except AppError as error:
        return refused(request, error, conversation_id)
    return to_conversation(conversation_id)


@require_POST
@chat_page
def retry(request: ChatRequest, conversation_id: UUID, message_id: UUID) -> HttpResponse:
    """Tries a failed or stopped answer again."""
    message_in(request, conversation_id, message_id)
    try:
        retry_generation(user=request.user, message_id=message_id)
    except AppError as error:
        return refused(request, error, conversation_id)
    return to_conversation(conversation_id)


@require_POST
@chat_page
def regenerate(request: ChatRequest, conversation_id: UUID, message_id: UUID) -> HttpResponse:
    """Asks for another answer."""
    message_in(request, conversation_id, message_id)
    try:
        wish = Regeneration(
            client_message_id=read_client_message_id(request),
            message_id=message_id,
            model=request.POST.get("model") or None,
        )
        regenerate_answer(user=request.user, request=wish)
    except AppError as error:
        return refused(request, error, conversation_id)
    return to_conversation(conversation_id)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@chat_page
def edit(request: ChatRequest, conversation_id: UUID, message_id: UUID) -> HttpResponse:
    """A page to word a message anew, and what comes of it."""
    message = message_in(request, conversation_id, message_id)
    if message.role != Message.Role.USER:
        return refused(request, InvalidInput("Only your own messages can be edited."), conversation_id)
    if request.method != "POST":
        return _edit_page(request, message, content=message.content)
    content, client_message_id = read_text(request), uuid4()
    try:
        client_message_id = read_client_message_id(request)
        wording = Edit(client_message_id=client_message_id, message_id=message_id, content=content)
        edit_message(user=request.user, edit=wording)
    except IdempotencyConflict as error:
        words = "This page has sent a wording already. Send once more, and this one goes out too."
        return _edit_page(request, message, content=content, error=words, status=error.status)
    except AppError as error:
        return _edit_page(
            request,
            message,
            content=content,
            error=error.message,
            status=error.status,
            client_message_id=client_message_id,
        )
    return to_conversation(conversation_id)


def _edit_page(
    request: ChatRequest,
    message: Message,
    *,
    content: str,
    error: str = "",
    status: int = 200,
    client_message_id: UUID | None = None,
) -> HttpResponse:
    context = {
        "message": message,
        "content": content,
        "files": attached_names(message),
        "error": error,
        "client_message_id": client_message_id or uuid4(),
        "max_message_length": request.user.tier.max_message_length,
    }
    return render(request, "chat/edit.html", context, status=status)
