"""`auth/access-keys/`: a user's keys for programs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chatbot.accounts.authentication import caller_of
from chatbot.accounts.models import AccessKey
from chatbot.accounts.permissions import LoggedIn
from chatbot.accounts.services import create_access_key, revoke_access_key
from chatbot.lib.api import CursorPages
from chatbot.lib.errors import NotFound
from chatbot.lib.fields import WrittenField


class KeyPages(CursorPages):
    """Keys, newest first."""

    ordering = ("-created_at", "-id")


class KeyInput(serializers.Serializer[AccessKey]):
    """A new key."""

    name = WrittenField(max_length=80)
    scope = serializers.ChoiceField(choices=AccessKey.Scope.choices, default=AccessKey.Scope.CHAT)
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)

    def validate_expires_at(self, value: datetime | None) -> datetime | None:
        """A moment that is still to come."""
        if value is not None and value <= timezone.now():
            raise serializers.ValidationError("This moment has passed.")
        return value


class KeyOutput(serializers.Serializer[AccessKey]):
    """A key without its secret. `active` is false for one that has expired or is older than the password."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    start = serializers.CharField(help_text="The first characters of the key.")
    scope = serializers.ChoiceField(choices=AccessKey.Scope.choices)
    active = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="To the minute.")

    def get_active(self, key: AccessKey) -> bool:
        """Whether it opens anything."""
        current = key.credentials_version == self.context["request"].user.credentials_version
        return current and (key.expires_at is None or key.expires_at > timezone.now())


class NewKeyOutput(KeyOutput):
    """A key with its secret, which is shown this once."""

    key = serializers.CharField()


class KeyList(ListAPIView[AccessKey]):
    """Lists and creates access keys. An access key itself may do neither."""

    permission_classes = (LoggedIn,)
    serializer_class = KeyOutput
    pagination_class = KeyPages

    def get_queryset(self) -> QuerySet[AccessKey]:
        """The caller's keys that are not revoked."""
        return AccessKey.objects.filter(user=caller_of(self.request).user, revoked_at=None)

    def post(self, request: Request) -> Response:
        """A new key."""
        data = KeyInput(data=request.data)
        data.is_valid(raise_exception=True)
        key, secret = create_access_key(user=caller_of(request).user, **data.validated_data)
        shown: dict[str, Any] = KeyOutput(key, context={"request": request}).data
        return Response({**shown, "key": secret}, status=201, headers={"Cache-Control": "no-store"})


class KeyDetail(APIView):
    """One access key."""

    permission_classes = (LoggedIn,)

    def delete(self, request: Request, key_id: UUID) -> Response:
        """Revokes the key, and with it the sockets it opened."""
        key = AccessKey.objects.filter(pk=key_id, user=caller_of(request).user, revoked_at=None).first()
        if key is None:
            raise NotFound("There is no such access key.")
        revoke_access_key(key=key)
        return Response(status=204)
