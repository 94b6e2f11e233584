"""`/api/v1/shares/…`."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chatbot.lib.fields import WrittenField
from conversations.api.views import caller
from conversations.models import Share
from conversations.shares import get_share, revoke_share, share_conversation, shares_of


class ShareInput(serializers.Serializer[Share]):
    """The conversation, and for how long; without a title the page has the conversation's."""

    conversation_id = serializers.UUIDField()
    title = WrittenField(max_length=200, required=False, allow_null=True, allow_blank=True, default=None)
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class ShareOutput(serializers.Serializer[Share]):
    """A link and what it leads to. `url` is for whoever should read it."""

    id = serializers.UUIDField()
    url = serializers.SerializerMethodField()
    conversation_id = serializers.UUIDField()
    title = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)

    def get_url(self, share: Share) -> str:
        """The address of the public page."""
        request: Request = self.context["request"]
        return request.build_absolute_uri(reverse("shared-page", args=[share.token]))


class ShareList(ListAPIView[Share]):
    """Lists and creates shares."""

    serializer_class = ShareOutput

    def get_queryset(self) -> QuerySet[Share]:
        """The caller's links, newest first, without those that were revoked."""
        return shares_of(caller(self.request))

    def post(self, request: Request) -> Response:
        """A link to the conversation as it is now."""
        data = ShareInput(data=request.data)
        data.is_valid(raise_exception=True)
        share = share_conversation(user=caller(request), **data.validated_data)
        return Response(self.get_serializer(share).data, status=201)


class ShareDetail(APIView):
    """Reads and revokes one share."""

    def get(self, request: Request, share_id: UUID) -> Response:
        """The link."""
        return Response(_shown(get_share(user=caller(request), share_id=share_id), request))

    def delete(self, request: Request, share_id: UUID) -> Response:
        """Revokes the link: its page is gone at once."""
        user = caller(request)
        revoke_share(share=get_share(user=user, share_id=share_id), actor=user)
        return Response(status=204)


def _shown(share: Share, request: Request) -> Any:
    return ShareOutput(share, context={"request": request}).data
