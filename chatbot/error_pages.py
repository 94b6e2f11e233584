"""Django's error handlers: programs get the contract's JSON, OpenAI's clients OpenAI's, people get a page."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.views import defaults

from chatbot.lib.api import error_response
from chatbot.lib.errors import AppError, Forbidden, InvalidInput, NotFound
from streaming.openai_api.errors import OPENAI_API, as_api_error

API = "/api/"


def _answer(request: HttpRequest, error: AppError, page: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    if request.path.startswith(OPENAI_API):
        return as_api_error(error, request).response()
    return error_response(error) if request.path.startswith(API) else page()


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """400."""
    return _answer(request, InvalidInput(), lambda: defaults.bad_request(request, exception))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """403."""
    return _answer(request, Forbidden(), lambda: defaults.permission_denied(request, exception))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """404."""
    return _answer(request, NotFound(), lambda: defaults.page_not_found(request, exception))


def server_error(request: HttpRequest) -> HttpResponseBase:
    """500."""
    return _answer(request, AppError(), lambda: defaults.server_error(request))
