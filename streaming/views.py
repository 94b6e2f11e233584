"""The form behind the composer, for pages without JavaScript."""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from chatbot.accounts.models import User
from chatbot.lib.errors import AppError, InvalidInput
from streaming.services import NewMessage, submit_message


def _uuid(request: HttpRequest, name: str) -> UUID | None:
    value = request.POST.get(name, "")
    try:
        return UUID(value) if value else None
    except ValueError as error:
        raise InvalidInput(f"`{name}` is not an id.") from error


@require_POST
@login_required
def send(request: HttpRequest) -> HttpResponse:
    """Takes the message and shows its conversation."""
    user = cast(User, request.user)
    back = request.POST.get("conversation_id", "")
    try:
        client_message_id = _uuid(request, "client_message_id")
        if client_message_id is None:
            raise InvalidInput("The form has no client_message_id.")
        accepted = submit_message(
            user=user,
            new=NewMessage(
                client_message_id=client_message_id,
                # Browsers send line breaks of a form as CR LF.
                content=request.POST.get("content", "").replace("\r\n", "\n"),
                conversation_id=_uuid(request, "conversation_id"),
                model=request.POST.get("model") or None,
            ),
        )
    except AppError as error:
        messages.error(request, error.message)
        try:
            return redirect("conversation", conversation_id=UUID(back))
        except ValueError:
            return redirect("chat")
    return redirect("conversation", conversation_id=UUID(accepted.conversation_id))
