"""`/api/v1/client-errors/`: errors of the scripts on our pages, as the browsers of users report them.

They go to the log, to Sentry where there is one, and into a counter. Nothing of them is sent back.
"""

import logging
from typing import Any, cast

import sentry_sdk
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chatbot.accounts.models import User
from chatbot.lib import ratelimit
from chatbot.lib.fields import WholeField, WrittenField
from chatbot.lib.metrics import CLIENT_ERRORS
from chatbot.reports.cleaning import clean

logger = logging.getLogger(__name__)

PER_MINUTE = 10
KINDS = {
    "error": "an exception that nobody caught",
    "promise": "a rejection that nobody caught",
    "render": "a message that could not be shown",
    "worker": "a failure of the service worker",
    "other": "anything else",
}
# Characters that are kept of each text.
LENGTHS = {"message": 1_000, "stack": 4_000, "url": 500, "release": 80}
# The body as a whole is bounded (settings.BODY_LIMITS).
LONGEST = 6_000


class ClientErrorInput(serializers.Serializer[None]):
    """What went wrong, and where. Longer texts are cut."""

    kind = serializers.ChoiceField(choices=list(KINDS.items()), error_messages={"invalid_choice": "Not a kind."})
    message = WrittenField(max_length=LONGEST)
    stack = WrittenField(max_length=LONGEST, required=False, allow_blank=True, default="")
    url = WrittenField(max_length=LONGEST, required=False, allow_blank=True, default="")
    release = WrittenField(max_length=LONGEST, required=False, allow_blank=True, default="")
    line = WholeField(min_value=0, max_value=10_000_000, required=False, allow_null=True, default=None)
    column = WholeField(min_value=0, max_value=10_000_000, required=False, allow_null=True, default=None)


class ClientErrorDoor(APIView):
    """Takes reports."""

    def post(self, request: Request) -> Response:
        """Keeps one, without query strings and ids."""
        ratelimit.take_report("client-errors", per_minute=PER_MINUTE, user_id=cast(User, request.user).id)
        data = ClientErrorInput(data=request.data)
        data.is_valid(raise_exception=True)
        _keep(dict(data.validated_data))
        return Response(status=204)


def _keep(report: dict[str, Any]) -> None:
    for name, longest in LENGTHS.items():
        report[name] = clean(report[name], longest=longest)
    kind = report["kind"]
    CLIENT_ERRORS.labels(kind).inc()
    # `message` is a name that log records have taken.
    told = {f"client_{name}": value for name, value in report.items() if value not in ("", None)}
    logger.warning("error in a browser", extra=told)
    with sentry_sdk.new_scope() as scope:
        scope.set_tag("client_kind", kind)
        scope.set_context("browser", told)
        # One issue for each message, whoever reports it.
        scope.fingerprint = ["client-error", kind, report["message"][:200]]
        scope.capture_message(f"Browser: {report['message']}", level="error")
