"""`/api/v1/moderation/appeals/`."""

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from chatbot.lib.api import CursorPages
from chatbot.lib.fields import WrittenField
from conversations.api.views import caller
from moderation.appeals import appeal_verdict, appeals_of
from moderation.models import Action, Appeal, Verdict


class AppealPages(CursorPages):
    """Appeals, the newest first."""

    ordering = ("-created_at", "-id")


class AppealInput(serializers.Serializer[Appeal]):
    """The verdict, by its own id or by the message it is on, and why it is wrong."""

    verdict_id = serializers.UUIDField(required=False, allow_null=True)
    message_id = serializers.UUIDField(required=False, allow_null=True)
    text = WrittenField(max_length=2_000)


class AppealOutput(serializers.Serializer[Appeal]):
    """An appeal and what became of it."""

    id = serializers.UUIDField()
    verdict_id = serializers.UUIDField()
    message_id = serializers.UUIDField(source="verdict.message_id", allow_null=True)
    stage = serializers.ChoiceField(choices=Verdict.Stage.choices, source="verdict.stage")
    action = serializers.ChoiceField(choices=Action.choices, source="verdict.action")
    text = serializers.CharField()
    status = serializers.ChoiceField(choices=Appeal.Status.choices)
    answer = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)


class AppealList(ListAPIView[Appeal]):
    """The caller's appeals."""

    serializer_class = AppealOutput
    pagination_class = AppealPages

    def get_queryset(self) -> QuerySet[Appeal]:
        """All of them."""
        return appeals_of(caller(self.request))

    def post(self, request: Request) -> Response:
        """Appeals a verdict: 201, or 200 with the same appeal when it was made before."""
        data = AppealInput(data=request.data)
        data.is_valid(raise_exception=True)
        appeal, created = appeal_verdict(user=caller(request), **data.validated_data)
        return Response(AppealOutput(appeal).data, status=201 if created else 200)
