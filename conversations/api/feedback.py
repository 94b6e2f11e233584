"""`/api/v1/messages/{id}/feedback/`."""

from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chatbot.lib.fields import WrittenField
from conversations.api.views import caller
from conversations.feedback import get_feedback, give_feedback, withdraw_feedback
from conversations.models import Feedback


class FeedbackInput(serializers.Serializer[Feedback]):
    """A rating, 1 for good and -1 for bad, and where they are given the reason and the words."""

    rating = serializers.ChoiceField(choices=Feedback.Rating.choices)
    reason = serializers.ChoiceField(choices=Feedback.Reason.choices, required=False, default="", allow_blank=True)
    comment = WrittenField(max_length=2_000, required=False, default="", allow_blank=True)


class FeedbackOutput(serializers.Serializer[Feedback]):
    """What was said of an answer."""

    message_id = serializers.UUIDField()
    rating = serializers.ChoiceField(choices=Feedback.Rating.choices)
    reason = serializers.ChoiceField(choices=Feedback.Reason.choices, allow_blank=True)
    comment = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class FeedbackDoor(APIView):
    """What the caller thinks of an answer."""

    def get(self, request: Request, message_id: UUID) -> Response:
        """The feedback; 404 while there is none."""
        return Response(FeedbackOutput(get_feedback(user=caller(request), message_id=message_id)).data)

    def post(self, request: Request, message_id: UUID) -> Response:
        """Rates the answer; the last word counts."""
        data = FeedbackInput(data=request.data)
        data.is_valid(raise_exception=True)
        words = dict(data.validated_data)
        rating = Feedback.Rating(words.pop("rating"))
        feedback = give_feedback(user=caller(request), message_id=message_id, rating=rating, **words)
        return Response(FeedbackOutput(feedback).data)

    def delete(self, request: Request, message_id: UUID) -> Response:
        """Takes the feedback back, if there is any."""
        withdraw_feedback(user=caller(request), message_id=message_id)
        return Response(status=204)
