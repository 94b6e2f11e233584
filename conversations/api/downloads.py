"""Bytes of users' files as responses: streamed, private, and without power in a browser."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header

from chatbot.lib.errors import NotFound

CHUNK_BYTES = 64 * 1024
HEADERS = {
    # Kept by the browser of its owner, and asked for again each time: a log-out or a deletion holds at once.
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def file_response(
    request: HttpRequest, *, stored: str, name: str, media_type: str, etag: str, size: int | None = None
) -> HttpResponseBase:
    """The file `stored` in the storage, to be saved as `name`; 304 where the client has it, by its `etag`.

    An attachment opens nothing in a browser, while an <img> shows it all the same. Raises NotFound when the storage has
    lost it.
    """
    quoted = f'"{etag}"'
    response: Any = get_conditional_response(request, etag=quoted)
    if response is None:
        response = HttpResponse() if request.method == "HEAD" else StreamingHttpResponse(_Chunks(_open(stored)))
        response["Content-Type"] = media_type
        response["Content-Disposition"] = content_disposition_header(True, name)
        if size is not None:
            response["Content-Length"] = str(size)
    response["ETag"] = quoted
    for header, value in HEADERS.items():
        response[header] = value
    return response  # type: ignore[no-any-return]


def _open(stored: str) -> File[bytes]:
    try:
        return default_storage.open(stored)
    except FileNotFoundError as error:
        raise NotFound("The file is no longer there.") from error


class _Chunks:
    """A file, read off the loop and no further than the client takes it. The response closes it, read or not."""

    def __init__(self, file: File[bytes]) -> None:
        self._file = file
        self.close = file.close

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while chunk := await asyncio.to_thread(self._file.read, CHUNK_BYTES):
            yield chunk
