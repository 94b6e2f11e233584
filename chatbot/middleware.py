"""What every request passes: whose client it is, how it is read, an id for its log lines, what is left of its limit."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import structlog
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import async_only_middleware, sync_and_async_middleware

from chatbot.lib.addresses import client_address, is_trusted_proxy
from chatbot.lib.ratelimit import COUNTED, Usage

ID = re.compile(r"[A-Za-z0-9._-]{8,128}")
FORWARDED = ("HTTP_FORWARDED", "HTTP_X_REAL_IP")

Handler = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


@async_only_middleware
def TrustedProxyMiddleware(get_response: Handler) -> Handler:  # noqa: N802 - named in MIDDLEWARE like its neighbours
    """Makes REMOTE_ADDR the client's address for all that follows, and drops what strangers say in `X-Forwarded-*`.

    It stands before all that reads either.
    """

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        meta = request.META
        peer, forwarded_for = meta.get("REMOTE_ADDR", ""), meta.pop("HTTP_X_FORWARDED_FOR", "")
        meta["REMOTE_ADDR"] = client_address(peer, forwarded_for)
        if not is_trusted_proxy(peer):
            for name in [name for name in meta if name.startswith("HTTP_X_FORWARDED_") or name in FORWARDED]:
                del meta[name]
        return await get_response(request)

    return middleware


@async_only_middleware
def RequestTaskMiddleware(get_response: Handler) -> Handler:  # noqa: N802
    """Notes the task in which the request is served, as `request.task`. It ends when the response is sent or the client
    is gone; that of an asynchronous view ends with the view.
    """

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        request.task = asyncio.current_task()  # type: ignore[attr-defined]
        return await get_response(request)

    return middleware


@sync_and_async_middleware
def EncodingMiddleware(get_response: Any) -> Any:  # noqa: N802
    """Reads whatever is sent as UTF-8. Django would take the client's word for another charset, also for one that is no
    charset of texts, over which it breaks.
    """

    def middleware(request: HttpRequest) -> Any:
        if request.encoding is not None:
            request.encoding = "utf-8"
        return get_response(request)

    return markcoroutinefunction(middleware) if iscoroutinefunction(get_response) else middleware


@async_only_middleware
def RequestIdMiddleware(get_response: Handler) -> Handler:  # noqa: N802
    """Takes `X-Request-ID` from the proxy when it is well-formed, else makes one."""

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if ID.fullmatch(given) else uuid4().hex
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = await get_response(request)
        response["X-Request-ID"] = request_id
        return response

    return middleware


@async_only_middleware
def RateLimitHeadersMiddleware(get_response: Handler) -> Handler:  # noqa: N802
    """Tells on the response what is left of the bucket that the request was counted in."""

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        response = await get_response(request)
        usage: Usage | None = getattr(request, COUNTED, None)
        if usage is not None:
            for name, value in usage.headers().items():
                response.setdefault(name, value)
        return response

    return middleware
