"""The REST doors that write answers or tell about them."""

import logging
from uuid import UUID

import msgspec
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chatbot.accounts.models import User
from chatbot.lib import metrics
from chatbot.lib.api import as_app_error
from chatbot.lib.errors import AppError
from conversations.api.views import MessageList, caller
from streaming import events, services
from streaming.api.inputs import BatchInput, EditInput, MessageInput, RegenerateInput, StreamInput, read
from streaming.catalogue import available_models, model_as_dict
from streaming.selectors import get_generation

logger = logging.getLogger(__name__)


class MessagesDoor(MessageList):
    """Lists messages, and takes a new one."""

    def post(self, request: Request, conversation_id: UUID) -> HttpResponse:
        """Accepts a message; its answer is followed on another door."""
        new = read(MessageInput, request.body).as_message(conversation_id)
        return _accepted(services.submit_message(user=caller(request), new=new))


class EditDoor(APIView):
    """Words a message anew."""

    def post(self, request: Request, message_id: UUID) -> HttpResponse:
        """Accepts the new wording as a sibling of the message."""
        edit = read(EditInput, request.body).as_edit(message_id)
        return _accepted(services.edit_message(user=caller(request), edit=edit))


class RegenerateDoor(APIView):
    """Asks for another answer."""

    def post(self, request: Request, message_id: UUID) -> HttpResponse:
        """Accepts the wish; the new answer is a sibling of the earlier one."""
        wish = read(RegenerateInput, request.body).as_request(message_id)
        return _accepted(services.regenerate_answer(user=caller(request), request=wish))


def _accepted(accepted: events.Accepted) -> HttpResponse:
    return HttpResponse(events.encode(accepted), status=202, content_type="application/json")


class BatchDoor(APIView):
    """Takes several messages."""

    def post(self, request: Request) -> HttpResponse:
        """Accepts each by itself, in order: its result is what it would get alone, an error included."""
        user = caller(request)
        batch = read(BatchInput, request.body)
        results = b",".join(_accept(user, one) for one in batch.messages)
        return HttpResponse(b'{"results":[%b]}' % results, status=202, content_type="application/json")


def _accept(user: User, body: msgspec.Raw) -> bytes:
    try:
        message = read(StreamInput, body)
        return events.encode(services.submit_message(user=user, new=message.as_message(message.conversation_id)))
    except Exception as error:
        app_error = as_app_error(error)
        if type(app_error) is AppError:
            logger.exception("message of a batch failed")
        metrics.ERRORS.labels(app_error.code).inc()
        return msgspec.json.encode({"error": app_error.as_dict()})


class StopDoor(APIView):
    """Ends an answer."""

    def post(self, request: Request, message_id: UUID) -> Response:
        """Asks for the stop; what was written so far is kept."""
        services.stop_generation(user=caller(request), message_id=message_id)
        return Response({"message_id": str(message_id)}, status=202)


class RetryDoor(APIView):
    """Tries a failed answer again."""

    def post(self, request: Request, message_id: UUID) -> Response:
        """Queues it."""
        services.retry_generation(user=caller(request), message_id=message_id)
        status = get_generation(user=caller(request), message_id=message_id).status
        return Response({"message_id": str(message_id), "status": status}, status=202)


class ModelList(APIView):
    """The models that the caller may use."""

    def get(self, request: Request) -> Response:
        """All of them, on one page."""
        results = [model_as_dict(model) for model in available_models()]
        return Response({"results": results, "next": None, "previous": None})
