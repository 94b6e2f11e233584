"""Who may open the pages of the chat."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from chatbot.accounts.models import User
from chatbot.lib.errors import NotFound

Arguments = ParamSpec("Arguments")


class ChatRequest(HttpRequest):
    """A request of somebody who may chat."""

    user: User


Page = Callable[Concatenate[ChatRequest, Arguments], HttpResponse]


def chat_page(view: Page[Arguments]) -> Page[Arguments]:
    """Wraps a page for people who are signed in and may chat. What is not theirs is not found."""

    @login_required
    @wraps(view)
    def page(request: ChatRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
        if not request.user.may_use_chat:
            raise PermissionDenied
        try:
            return view(request, *args, **kwargs)
        except NotFound as error:
            raise Http404 from error

    return page
