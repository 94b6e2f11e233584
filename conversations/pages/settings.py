"""The page of one conversation's settings, and the forms on it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from chatbot.lib.errors import AppError, InvalidInput
from conversations.deletion import delete_conversation
from conversations.exports.services import request_export
from conversations.models import Conversation, Export
from conversations.pages.access import ChatRequest, chat_page
from conversations.pages.forms import ConversationForm, MarkForm
from conversations.pages.outcomes import refused
from conversations.selectors import get_conversation
from conversations.services import update_conversation
from conversations.shares import shares_of

# Links that are listed: the newest.
SHARES = 50


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@chat_page
def conversation_settings(request: ChatRequest, conversation_id: UUID) -> HttpResponse:
    """Title, folder, model, system prompt and what else can be said of a conversation."""
    conversation = get_conversation(user=request.user, conversation_id=conversation_id)
    form = ConversationForm(request.POST or None, initial=ConversationForm.values_of(conversation))
    if request.method == "POST" and form.is_valid():
        update_conversation(user=request.user, conversation_id=conversation_id, changes=form.changes())
        messages.success(request, _("The conversation was saved."))
        return redirect("conversation", conversation_id=conversation_id)
    context = {
        "conversation": conversation,
        "form": form,
        "formats": Export.Format.choices,
        "shares": [
            {"share": share, "url": request.build_absolute_uri(reverse("shared-page", args=[share.token]))}
            for share in shares_of(request.user).filter(conversation=conversation)[:SHARES]
        ],
    }
    status = 400 if form.is_bound else 200
    return render(request, "chat/settings.html", context, status=status)


@require_POST
@chat_page
def mark_conversation(request: ChatRequest, conversation_id: UUID) -> HttpResponse:
    """Pins or archives a conversation, or takes that back."""
    form = MarkForm(request.POST)
    get_conversation(user=request.user, conversation_id=conversation_id)
    if not form.is_valid():
        return refused(request, InvalidInput(_("This cannot be done with a conversation.")), conversation_id)
    changes = {form.cleaned_data["mark"]: form.cleaned_data["on"]}
    update_conversation(user=request.user, conversation_id=conversation_id, changes=changes)
    messages.success(request, _words(**changes))
    if request.POST.get("back") == "list":
        return redirect("conversations")
    return redirect("conversation_settings", conversation_id=conversation_id)


def _words(*, pinned: bool | None = None, archived: bool | None = None) -> str:
    if pinned is not None:
        return _("The conversation is pinned.") if pinned else _("The conversation is pinned no longer.")
    return _("The conversation is in the archive.") if archived else _("The conversation is out of the archive.")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@chat_page
def remove_conversation(request: ChatRequest, conversation_id: UUID) -> HttpResponse:
    """Asks whether a conversation is to be deleted, and deletes it."""
    conversation = get_conversation(user=request.user, conversation_id=conversation_id)
    if request.method != "POST":
        return render(request, "chat/delete.html", {"conversation": conversation})
    try:
        delete_conversation(user=request.user, conversation_id=conversation_id)
    except AppError as error:
        return refused(request, error, conversation_id)
    messages.success(request, _("“%s” was deleted.") % _named(conversation))
    return redirect("chat")


def _named(conversation: Conversation) -> str:
    return conversation.title or _("New conversation")


@require_POST
@chat_page
def export_conversation(request: ChatRequest, conversation_id: UUID) -> HttpResponse:
    """Asks for a file with the conversation, and shows where it will be."""
    wanted = request.POST.get("format", "")
    try:
        if wanted not in Export.Format.values:
            raise InvalidInput(_("There is no such format."))
        request_export(user=request.user, form=Export.Format(wanted), conversation_id=conversation_id)
    except AppError as error:
        return refused(request, error, conversation_id)
    return redirect("account_exports")
