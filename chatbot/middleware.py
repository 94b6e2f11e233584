"""Gives every request an id that its log lines and its response carry."""

import re
from collections.abc import Awaitable, Callable
from uuid import uuid4

import structlog
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import async_only_middleware

ID = re.compile(r"[A-Za-z0-9._-]{8,128}")


@async_only_middleware
def RequestIdMiddleware(  # noqa: N802 - named in MIDDLEWARE like its neighbours
    get_response: Callable[[HttpRequest], Awaitable[HttpResponseBase]],
) -> Callable[[HttpRequest], Awaitable[HttpResponseBase]]:
    """Takes `X-Request-ID` from the proxy when it is well-formed, else makes one."""

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if ID.fullmatch(given) else uuid4().hex
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = await get_response(request)
        response["X-Request-ID"] = request_id
        return response

    return middleware
