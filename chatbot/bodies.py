"""How large the body of a request may be. What is larger is refused while it comes, or before.

Django would read any body to its end, into a temporary file, before it asks who sends it. The doors themselves refuse
in their own words what is too large for them; here stands what is too large to be read at all.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec
from django.conf import settings

from chatbot.lib.api import TOO_LARGE
from chatbot.lib.errors import InvalidInput
from streaming.openai_api.errors import OPENAI_API, ApiError

STATUS = 413

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[..., Awaitable[None]]


def largest_body(path: str) -> int:
    """Bytes that the body of a request for `path` may have."""
    for start, limit in settings.BODY_LIMITS.items():
        if path.startswith(start):
            return int(limit)
    return int(settings.BODY_LIMIT)


def refusal(path: str) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Headers and body of the answer to a request that is too large. The connection ends with it: the rest of the body
    is not read.
    """
    if path.startswith(OPENAI_API):
        body = ApiError(STATUS, TOO_LARGE, code="request_too_large").body()
    else:
        error = InvalidInput(TOO_LARGE, details={"max_bytes": largest_body(path)})
        body = msgspec.json.encode({"error": error.as_dict()})
    length = str(len(body)).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", length), (b"connection", b"close")]
    return headers, body


class BoundedBodies:
    """Wraps an ASGI application: no more than it may have of a body reaches it."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request."""
        limit = largest_body(scope["path"])
        if _declared(scope) > limit:
            await _refuse(scope["path"], send)
            return
        left, exceeded, started = limit, False, False

        async def receive_within() -> Message:
            nonlocal left, exceeded
            message = await receive()
            if message["type"] == "http.request":
                left -= len(message.get("body", b""))
                if left < 0:
                    # The application gives up as it does when a client goes away.
                    exceeded = True
                    return {"type": "http.disconnect"}
            return message

        async def send_once(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        await self._application(scope, receive_within, send_once)
        if exceeded and not started:
            await _refuse(scope["path"], send)


def _declared(scope: Message) -> int:
    """The length that the client announced; 0 when it did not, or not in digits."""
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(lengths[0]) if lengths and lengths[0].isdigit() and len(lengths[0]) < 20 else 0


async def _refuse(path: str, send: Send) -> None:
    headers, body = refusal(path)
    await send({"type": "http.response.start", "status": STATUS, "headers": headers})
    await send({"type": "http.response.body", "body": body})
