"""The SSE doors: `POST chat/stream/` and `GET messages/{id}/events/`. The socket's events, as `data:` lines."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt

from chatbot.accounts.authentication import authenticate_request
from chatbot.accounts.credentials import Caller
from chatbot.accounts.models import User
from chatbot.lib import metrics
from chatbot.lib.api import as_app_error, error_response
from chatbot.lib.db import in_db
from chatbot.lib.errors import AppError, Forbidden, InvalidInput
from streaming import events, services
from streaming.api.inputs import StreamInput, read
from streaming.follow import follow_answer
from streaming.log import Entry
from streaming.selectors import NEW, AnswerState, answer_state

logger = logging.getLogger(__name__)

# A comment, so that proxies do not take a silent answer for a dead one.
KEEP_ALIVE = b":\n\n"

AsyncView = Callable[..., Awaitable[HttpResponseBase]]
AsgiView = Callable[..., Coroutine[Any, Any, HttpResponseBase]]


def sse_door(method: str) -> Callable[[AsyncView], AsgiView]:
    """An async view of one HTTP method whose errors have the contract's shape. It authenticates by itself, with the
    CSRF check where a session cookie is the credential.
    """

    def decorate(view: AsyncView) -> AsgiView:
        @csrf_exempt
        @wraps(view)
        async def door(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            try:
                if request.method != method:
                    response = error_response(InvalidInput(f"Use {method}."))
                    response.status_code = 405
                    response["Allow"] = method
                    return response
                caller = await in_db(authenticate_request, request)
                if not caller.user.may_use_chat:
                    raise Forbidden("This account may not use the chat.")
                return await view(request, caller, **kwargs)
            except Exception as error:
                app_error = as_app_error(error)
                if type(app_error) is AppError:
                    logger.exception("SSE door failed")
                metrics.ERRORS.labels(app_error.code).inc()
                return error_response(app_error)

        return door

    return decorate


@sse_door("POST")
async def chat_stream(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    """Sends a message and streams its answer, beginning with `accepted`."""
    caller.require_chat()
    body = read(StreamInput, request.body)
    accepted = await in_db(services.submit_message, user=caller.user, new=body.as_message(body.conversation_id))
    answer_id = UUID(accepted.assistant_message["id"])
    state = None if accepted.duplicate else NEW
    return _stream(_events(caller.user, answer_id, 0, state, first=b"data: " + events.encode(accepted) + b"\n\n"))


@sse_door("GET")
async def answer_events(request: HttpRequest, caller: Caller, message_id: UUID) -> HttpResponseBase:
    """Streams the events of an answer after `Last-Event-ID` or `?after_seq=`."""
    after = request.headers.get("Last-Event-ID") or request.GET.get("after_seq") or "0"
    if not after.isdecimal() or len(after) > 18:
        raise InvalidInput("`after_seq` must be a whole number.")
    state = await in_db(answer_state, user=caller.user, message_id=message_id)
    return _stream(_events(caller.user, message_id, int(after), state))


async def _events(
    user: User, message_id: UUID, after_seq: int, state: AnswerState | None, first: bytes = b""
) -> AsyncIterator[bytes]:
    if first:
        yield first
    try:
        async for entry in follow_answer(user=user, message_id=message_id, after_seq=after_seq, state=state):
            yield KEEP_ALIVE if entry is None else _line(entry)
    except AppError as error:
        # The status went out long ago: the conversation may have been deleted since.
        metrics.ERRORS.labels(error.code).inc()
        told = events.Error(code=error.code, message=error.message, message_id=str(message_id))
        yield b"data: " + events.encode(told) + b"\n\n"


def _line(entry: Entry) -> bytes:
    return b"id: %d\ndata: %b\n\n" % entry


def _stream(source: AsyncIterator[bytes]) -> StreamingHttpResponse:
    response = StreamingHttpResponse(source, content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    # nginx would collect the events otherwise.
    response["X-Accel-Buffering"] = "no"
    return response
