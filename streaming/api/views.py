"""The REST doors that write answers or tell about them."""

from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from conversations.api.views import MessageList, caller
from streaming import events, services
from streaming.api.inputs import read_message
from streaming.catalogue import available_models, model_as_dict
from streaming.selectors import get_generation


class MessagesDoor(MessageList):
    """Lists messages, and takes a new one."""

    def post(self, request: Request, conversation_id: UUID) -> HttpResponse:
        """Accepts a message; its answer is followed on another door."""
        new = read_message(request.body).as_message(conversation_id)
        accepted = services.submit_message(user=caller(request), new=new)
        return HttpResponse(events.encode(accepted), status=202, content_type="application/json")


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
