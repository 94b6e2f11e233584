"""The page of prompt presets, and that on which a new chat is set up."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from chatbot.lib.errors import AppError, NotFound
from conversations.models import Preset
from conversations.pages.access import ChatRequest, chat_page
from conversations.pages.forms import BeginningForm, PresetForm
from conversations.presets import (
    begin_conversation,
    change_preset,
    create_preset,
    delete_preset,
    get_preset,
    presets_for,
)
from conversations.services import announce


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@chat_page
def preset_list(request: ChatRequest) -> HttpResponse:
    """What staff share, the user's own, and a form for another one."""
    form = PresetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            create_preset(user=request.user, **form.cleaned_data)
        except AppError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("The prompt was saved."))
            return redirect("presets")
    context = {"form": form, "presets": presets_for(request.user)}
    return render(request, "chat/presets.html", context, status=400 if form.is_bound else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@chat_page
def edit_preset(request: ChatRequest, preset_id: UUID) -> HttpResponse:
    """One of the user's own."""
    preset = _own(request, preset_id)
    form = PresetForm(request.POST or None, initial={"name": preset.name, "text": preset.text, "model": preset.model})
    if request.method == "POST" and form.is_valid():
        change_preset(user=request.user, preset_id=preset_id, **form.cleaned_data)
        messages.success(request, _("The prompt was saved."))
        return redirect("presets")
    status = 400 if form.is_bound else 200
    return render(request, "chat/preset.html", {"form": form, "preset": preset}, status=status)


@require_POST
@chat_page
def remove_preset(request: ChatRequest, preset_id: UUID) -> HttpResponse:
    """Deletes one of the user's own."""
    preset = _own(request, preset_id)
    try:
        delete_preset(user=request.user, preset_id=preset_id)
    except AppError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("“%s” was deleted.") % preset.name)
    return redirect("presets")


def _own(request: ChatRequest, preset_id: UUID) -> Preset:
    """What staff share has no page of its own."""
    preset = get_preset(user=request.user, preset_id=preset_id)
    if preset.shared:
        raise NotFound
    return preset


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@chat_page
def set_up_chat(request: ChatRequest) -> HttpResponse:
    """Says how the answers of a new conversation are made, and begins it."""
    presets = presets_for(request.user)
    form = BeginningForm(request.POST or None, initial={"preset": request.GET.get("preset", "")}, presets=presets)
    if request.method == "POST" and form.is_valid():
        conversation = begin_conversation(user=request.user, **form.beginning())
        announce(conversation)
        return redirect("conversation", conversation_id=conversation.pk)
    return render(request, "chat/set_up.html", {"form": form}, status=400 if form.is_bound else 200)
