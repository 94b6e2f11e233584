"""`auth/ws-ticket/`: lets a client that cannot send headers open a socket."""

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chatbot.accounts.authentication import caller_of
from chatbot.accounts.tickets import LIFETIME_SECONDS, issue_ticket


class TicketOutput(serializers.Serializer[None]):
    """A ticket for `/ws/chat/?ticket=…`. It opens one socket, within `expires_in` seconds."""

    ticket = serializers.CharField()
    expires_in = serializers.IntegerField()


class TicketDoor(APIView):
    """Gives tickets."""

    def post(self, request: Request) -> Response:
        """A ticket; the socket lives for as long as what this request was made with."""
        caller = caller_of(request)
        caller.require_chat()
        body = {"ticket": issue_ticket(caller.credential), "expires_in": LIFETIME_SECONDS}
        return Response(body, headers={"Cache-Control": "no-store"})
