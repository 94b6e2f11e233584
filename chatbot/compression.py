"""Compresses the JSON of the API for clients that accept gzip.

Only JSON. Events are never held back to be compressed together. Pages are left to the proxy: they hold tokens of forms,
and Django masks those anew each time, so that their compressed length tells nothing; a random length, as browsers are
given here too, hides the rest (the BREACH attack). Static files are compressed when they are built.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.decorators import async_only_middleware
from django.utils.text import compress_string

# Below that a packet is saved at best.
SMALLEST = 1_024
# From here on (half a millisecond) other requests should not wait for it.
LARGE = 32_768
RANDOM_BYTES = 100
ACCEPTS = re.compile(r"(?:^|,)\s*(?:x-)?gzip\s*(?!;\s*q=0(?:\.0*)?\s*(?:,|$))(?:[;,]|$)", re.IGNORECASE)

Handler = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


@async_only_middleware
def CompressionMiddleware(get_response: Handler) -> Handler:  # noqa: N802 - named in MIDDLEWARE like its neighbours
    """Compresses a response of JSON where that is worth it."""

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        response = await get_response(request)
        if isinstance(response, HttpResponse) and _is_worth_it(response):
            patch_vary_headers(response, ("Accept-Encoding",))
            if ACCEPTS.search(request.headers.get("Accept-Encoding", "")):
                await _compress(response)
        return response

    return middleware


def _is_worth_it(response: HttpResponse) -> bool:
    kind = response.headers.get("Content-Type", "")
    plain = kind.startswith("application/json") and "Content-Encoding" not in response.headers
    return plain and len(response.content) >= SMALLEST


async def _compress(response: HttpResponse) -> None:
    content = response.content
    work = (content, RANDOM_BYTES)
    packed = await asyncio.to_thread(_pack, *work) if len(content) >= LARGE else _pack(*work)
    if len(packed) >= len(content):
        return
    response.content = packed
    response["Content-Encoding"] = "gzip"
    response["Content-Length"] = str(len(packed))
    etag = response.get("ETag", "")
    if etag.startswith('"'):
        response["ETag"] = f"W/{etag}"


def _pack(content: bytes, random_bytes: int) -> bytes:
    return compress_string(content, max_random_bytes=random_bytes)
