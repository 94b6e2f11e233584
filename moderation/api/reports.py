"""`/api/v1/messages/{id}/report/`."""

from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chatbot.lib.fields import WrittenField
from conversations.api.views import caller
from moderation.models import Report
from moderation.reports import report_answer


class ReportInput(serializers.Serializer[Report]):
    """What is wrong with an answer."""

    reason = serializers.ChoiceField(choices=Report.Reason.choices)
    comment = WrittenField(max_length=2_000, required=False, default="", allow_blank=True)


class ReportOutput(serializers.Serializer[Report]):
    """A report that was taken."""

    id = serializers.UUIDField()
    message_id = serializers.UUIDField()
    reason = serializers.ChoiceField(choices=Report.Reason.choices)
    comment = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()


class ReportDoor(APIView):
    """Tells staff of an answer."""

    def post(self, request: Request, message_id: UUID) -> Response:
        """Takes the report: 201, or 200 with the first one when the answer was reported before."""
        data = ReportInput(data=request.data)
        data.is_valid(raise_exception=True)
        report, created = report_answer(user=caller(request), message_id=message_id, **data.validated_data)
        return Response(ReportOutput(report).data, status=201 if created else 200)
