"""Where people are sent after a form, and how they are told that it was refused."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse

from chatbot.lib.errors import AppError, NotFound


def to_conversation(conversation_id: UUID | str, *, around: UUID | str | None = None) -> HttpResponseRedirect:
    """The conversation's page with its newest messages, or with those around one."""
    path = reverse("conversation", args=[conversation_id])
    return HttpResponseRedirect(f"{path}?around={around}#message-{around}" if around else path)


def refused(request: HttpRequest, error: AppError, conversation_id: UUID) -> HttpResponseRedirect:
    """The conversation's page, which says why. Raises the error itself when there is no such thing."""
    if isinstance(error, NotFound):
        raise error
    messages.error(request, error.message)
    return redirect("conversation", conversation_id=conversation_id)
