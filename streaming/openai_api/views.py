"""`GET /v1/models`, `GET /v1/models/{id}` and `POST /v1/chat/completions`."""

import asyncio
import time
from typing import Any

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from chatbot.accounts.authentication import authenticate_request
from chatbot.lib.api import TOO_LARGE
from chatbot.lib.db import in_db
from chatbot.lib.errors import Forbidden
from streaming.catalogue import available_models
from streaming.completions.call import Call
from streaming.completions.run import Run, give_back
from streaming.completions.services import get_model, open_completion
from streaming.openai_api import errors, wire
from streaming.openai_api.door import openai_door
from streaming.openai_api.errors import ApiError
from streaming.openai_api.inputs import ChatRequest, read_request
from streaming.openai_api.readers import StreamReader, WholeReader


@openai_door("GET")
async def models(request: HttpRequest) -> HttpResponseBase:
    """The models that the caller may use."""
    return _json({"object": "list", "data": await in_db(_models, request)})


@openai_door("GET")
async def model(request: HttpRequest, slug: str) -> HttpResponseBase:
    """One of them."""
    return _json(await in_db(_model, request, slug))


@openai_door("POST")
async def chat_completions(request: HttpRequest) -> HttpResponseBase:
    """An answer to the messages given, streamed or in one piece."""
    call, asked = await _let_in(request, _body(request))
    created = int(time.time())
    task: asyncio.Task[Any] = request.task  # type: ignore[attr-defined]
    response: HttpResponseBase
    if asked.stream:
        stream = StreamReader(call.id, created=created, include_usage=asked.include_usage)
        _bind(Run(call, stream), task)
        await stream.opened()
        response = StreamingHttpResponse(stream.lines(), content_type="text/event-stream; charset=utf-8")
        response["Cache-Control"] = "no-cache"
        # nginx would collect the lines otherwise.
        response["X-Accel-Buffering"] = "no"
    else:
        whole = WholeReader(call.id, created=created)
        _bind(Run(call, whole), task)
        response = HttpResponse(await whole.body(), content_type="application/json")
    for name, value in errors.rate_headers(call.rate.limit, call.rate.remaining, call.rate.reset_after).items():
        response[name] = value
    if call.conversation_id:
        response["X-Conversation-Id"] = str(call.conversation_id)
    return response


@openai_door(None)
async def nothing(request: HttpRequest) -> HttpResponseBase:
    """Every other address."""
    raise errors.not_found(request)


def _json(body: Any) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(body), content_type="application/json")


def _models(request: HttpRequest) -> list[dict[str, Any]]:
    _check_reader(request)
    return [wire.model_object(one) for one in available_models()]


def _model(request: HttpRequest, slug: str) -> dict[str, Any]:
    _check_reader(request)
    return wire.model_object(get_model(slug))


def _check_reader(request: HttpRequest) -> None:
    if not authenticate_request(request).user.may_use_chat:
        raise Forbidden("This account may not use the chat.")


def _body(request: HttpRequest) -> bytes:
    if request.content_type != "application/json":
        given = (request.content_type or "")[:100]
        raise ApiError(
            400,
            f"Unsupported content type: '{given}'. This API method only accepts 'application/json' requests, but you "
            f"specified the header 'Content-Type: {given}'. Please try again with a supported content type.",
            code="unsupported_content_type",
        )
    body: bytes = request.read(settings.MAX_COMPLETION_BODY_BYTES + 1)
    if len(body) > settings.MAX_COMPLETION_BODY_BYTES:
        raise ApiError(413, TOO_LARGE, code="request_too_large")
    return body


def _open(request: HttpRequest, body: bytes) -> tuple[Call, ChatRequest]:
    caller = authenticate_request(request)
    caller.require_chat()
    asked = read_request(body)
    return open_completion(user=caller.user, new=asked.as_completion()), asked


async def _let_in(request: HttpRequest, body: bytes) -> tuple[Call, ChatRequest]:
    """The call and its request, in one crossing. It is settled also when the client leaves meanwhile."""
    opening = asyncio.ensure_future(in_db(_open, request, body))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(_give_back)
        raise


def _give_back(opening: asyncio.Future[tuple[Call, ChatRequest]]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        give_back(opening.result()[0])


def _bind(run: Run, task: asyncio.Task[Any] | None) -> None:
    """Ends the call with its request. That task also sends the response, and it is cancelled as soon
    as the server knows that the client has gone, whether the response had begun by then or not.
    """
    if task is not None:
        task.add_done_callback(lambda _: run.abandon())
