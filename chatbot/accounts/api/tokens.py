"""`auth/token/…`: a program logs in, refreshes, logs out."""

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chatbot.accounts import tokens
from chatbot.accounts.authentication import AddressLimit
from chatbot.accounts.login import log_in
from chatbot.accounts.token_services import Tokens, issue_tokens, revoke_tokens, rotate_tokens


class LoginInput(serializers.Serializer[None]):
    """Name (or e-mail address) and password, and the code of the second factor where the account has one."""

    username = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=4_096, trim_whitespace=False, style={"input_type": "password"})
    code = serializers.CharField(max_length=32, required=False, allow_blank=True, default="")


class RefreshInput(serializers.Serializer[None]):
    """A refresh token."""

    refresh = serializers.CharField(max_length=tokens.LONGEST)


class TokensOutput(serializers.Serializer[Tokens]):
    """An access token for some minutes, and the refresh token that gives the next pair, once."""

    access = serializers.CharField()
    refresh = serializers.CharField()


class _TokenDoor(APIView):
    """Whoever comes here has no credential yet, or none that is good any longer."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (AddressLimit,)

    def answer(self, made: Tokens) -> Response:
        """The tokens, which nobody on the way may keep."""
        return Response(TokensOutput(made).data, headers={"Cache-Control": "no-store"})


class TokenDoor(_TokenDoor):
    """Logs a program in."""

    def post(self, request: Request) -> Response:
        """Tokens for name and password."""
        data = LoginInput(data=request.data)
        data.is_valid(raise_exception=True)
        user = log_in(request._request, **data.validated_data)
        return self.answer(issue_tokens(user=user, user_agent=request.META.get("HTTP_USER_AGENT", "")))


class RefreshDoor(_TokenDoor):
    """Prolongs a log-in."""

    def post(self, request: Request) -> Response:
        """New tokens for a refresh token, which is spent by that. Coming with a spent one ends the log-in."""
        data = RefreshInput(data=request.data)
        data.is_valid(raise_exception=True)
        return self.answer(rotate_tokens(**data.validated_data, address=request.META["REMOTE_ADDR"]))


class RevokeDoor(_TokenDoor):
    """Logs a program out."""

    def post(self, request: Request) -> Response:
        """Ends the log-in that a refresh token belongs to, its access tokens and its sockets."""
        data = RefreshInput(data=request.data)
        data.is_valid(raise_exception=True)
        revoke_tokens(**data.validated_data)
        return Response(status=204)
