"""The page of what is used and left."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from chatbot.lib.errors import Overloaded
from conversations.pages.access import ChatRequest, chat_page
from streaming.usage import usage_of


@never_cache
@require_safe
@chat_page
def usage(request: ChatRequest) -> HttpResponse:
    """Messages of this minute, answers at the moment, tokens, files."""
    try:
        report, status = usage_of(user=request.user), 200
    except Overloaded as error:
        report, status = None, error.status
    return render(request, "chat/usage.html", {"report": report, "tier": request.user.tier}, status=status)
