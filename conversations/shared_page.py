"""The public page of a shared conversation."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from chatbot.lib import ratelimit
from chatbot.lib.api import error_headers
from chatbot.lib.errors import AppError, NotFound, RateLimited
from chatbot.lib.trusted_types import with_trusted_types
from conversations.shares import open_share

# Found by nobody who was not given the link, and gone for everybody as soon as it is revoked.
HEADERS = {"X-Robots-Tag": "noindex, nofollow, noarchive", "Cache-Control": "no-store"}


@require_safe
@with_trusted_types
def shared_page(request: HttpRequest, token: str) -> HttpResponse:
    """What a link shows; 404 when there is nothing behind it, or not any more."""
    headers = HEADERS
    try:
        ratelimit.take_stranger(request)
        response = render(request, "chat/share.html", {"share": open_share(token)})
    except AppError as error:
        page = {NotFound: "404.html", RateLimited: "429.html"}.get(type(error), "500.html")
        response = render(request, page, status=error.status)
        headers = {**HEADERS, **error_headers(error)}
    for name, value in headers.items():
        response[name] = value
    return response
