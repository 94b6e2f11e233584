"""Who may open the pages of the chat."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from chatbot.accounts.models import User
from chatbot.lib.errors import NotFound

Arguments = ParamSpec("Arguments")


class ChatRequest(HttpRequest):
    """A request of somebody who may chat."""

    user: User


def chat_page(
    view: Callable[Concatenate[ChatRequest, Arguments], HttpResponse],
) -> Callable[Concatenate[HttpRequest, Arguments], HttpResponse]:
    """Wraps a page for people who are signed in and may chat. What is not theirs is not found."""

    @login_required
    @wraps(view)
    def page(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
        own = cast(ChatRequest, request)
        if not own.user.may_use_chat:
            raise PermissionDenied
        try:
            return view(own, *args, **kwargs)
        except NotFound as error:
            raise Http404 from error

    return page
