"""`me/`: who the caller is, and what their tier allows."""

from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chatbot.accounts.authentication import caller_of
from chatbot.accounts.models import Tier, User
from chatbot.accounts.permissions import LoggedIn, MayUseChat
from chatbot.accounts.services import update_profile
from chatbot.lib.fields import WrittenField


class TierOutput(serializers.Serializer[Tier]):
    """The group of users whose limits hold."""

    slug = serializers.CharField()
    name = serializers.CharField()


class LimitsOutput(serializers.Serializer[Tier]):
    """What the tier allows. `retention_days` is null where conversations are kept for ever."""

    messages_per_minute = serializers.IntegerField()
    requests_per_minute = serializers.IntegerField()
    concurrent_generations = serializers.IntegerField()
    max_message_length = serializers.IntegerField(help_text="In characters.")
    max_attachment_bytes = serializers.IntegerField()
    storage_bytes = serializers.IntegerField()
    retention_days = serializers.IntegerField(allow_null=True)


class ProfileOutput(serializers.Serializer[User]):
    """The caller's account."""

    id = serializers.UUIDField()
    username = serializers.CharField()
    email = serializers.CharField()
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    is_staff = serializers.BooleanField()
    date_joined = serializers.DateTimeField()
    tier = TierOutput()
    limits = LimitsOutput(source="tier")


class ProfileInput(serializers.Serializer[User]):
    """What users change about themselves. An e-mail address has to be verified, which the account pages do."""

    first_name = WrittenField(max_length=150, required=False, allow_blank=True)
    last_name = WrittenField(max_length=150, required=False, allow_blank=True)


class ProfileDoor(APIView):
    """Reads and changes the caller's profile."""

    def get_permissions(self) -> list[BasePermission]:
        """Any credential reads; an access key changes nothing."""
        return [MayUseChat() if self.request.method in SAFE_METHODS else LoggedIn()]

    def get(self, request: Request) -> Response:
        """The profile."""
        return Response(ProfileOutput(caller_of(request).user).data)

    def patch(self, request: Request) -> Response:
        """Changes the given fields."""
        data = ProfileInput(data=request.data)
        data.is_valid(raise_exception=True)
        user = caller_of(request).user
        update_profile(user=user, **data.validated_data)
        return Response(ProfileOutput(user).data)
