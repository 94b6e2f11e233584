"""The forms with which a conversation is shared, and its answers are rated, without JavaScript."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chatbot.lib.errors import AppError, InvalidInput, NotFound
from conversations.feedback import give_feedback, withdraw_feedback
from conversations.models import Feedback
from conversations.pages.access import ChatRequest, chat_page
from conversations.pages.branches import message_in
from conversations.pages.outcomes import refused, to_conversation
from conversations.shares import get_share, revoke_share, share_conversation


@require_POST
@chat_page
def share(request: ChatRequest, conversation_id: UUID) -> HttpResponse:
    """Makes a link to the conversation as it is now."""
    try:
        share_conversation(user=request.user, conversation_id=conversation_id)
    except AppError as error:
        return refused(request, error, conversation_id)
    messages.success(request, _("There is a link to the conversation as it is now."))
    return redirect("conversation_settings", conversation_id=conversation_id)


@require_POST
@chat_page
def unshare(request: ChatRequest, conversation_id: UUID, share_id: UUID) -> HttpResponse:
    """Takes a link back."""
    link = get_share(user=request.user, share_id=share_id)
    if link.conversation_id != conversation_id:
        raise NotFound
    revoke_share(share=link, actor=request.user)
    messages.success(request, _("The link leads nowhere now."))
    return redirect("conversation_settings", conversation_id=conversation_id)


@require_POST
@chat_page
def rate(request: ChatRequest, conversation_id: UUID, message_id: UUID) -> HttpResponse:
    """Says whether an answer is good (1) or bad (-1), or takes that back (0)."""
    message_in(request, conversation_id, message_id)
    rating = request.POST.get("rating", "")
    try:
        if rating == "0":
            withdraw_feedback(user=request.user, message_id=message_id)
        elif rating in {"1", "-1"}:
            give_feedback(user=request.user, message_id=message_id, rating=Feedback.Rating(int(rating)))
        else:
            raise InvalidInput(_("Say whether the answer is good or bad."))
    except AppError as error:
        return refused(request, error, conversation_id)
    return to_conversation(conversation_id, around=message_id)
