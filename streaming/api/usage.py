"""`usage/`: what the caller has used and has left."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chatbot.accounts.authentication import caller_of
from chatbot.lib.ratelimit import Usage
from streaming.usage import TokensSpent, UsageReport, usage_of


class BucketOutput(serializers.Serializer[Usage]):
    """What may be done in a minute. The bucket is full again `reset_after` seconds from now."""

    limit = serializers.IntegerField()
    used = serializers.IntegerField()
    remaining = serializers.IntegerField()
    reset_after = serializers.IntegerField()


class GenerationsOutput(serializers.Serializer[None]):
    """Answers that are being written, calls of programs among them, and how many may be."""

    limit = serializers.IntegerField()
    used = serializers.IntegerField()


class StorageOutput(serializers.Serializer[None]):
    """Bytes of all attachments."""

    limit = serializers.IntegerField()
    used = serializers.IntegerField()


class TokensSpentOutput(serializers.Serializer[TokensSpent]):
    """Tokens that models have read and written."""

    prompt = serializers.IntegerField()
    completion = serializers.IntegerField()


class TokensOutput(serializers.Serializer[UsageReport]):
    """Since midnight and since the first of the month, in UTC. What was deleted with a conversation is not counted."""

    today = TokensSpentOutput()
    month = TokensSpentOutput()


class UsageOutput(serializers.Serializer[Any]):
    """Used and left."""

    messages = BucketOutput()
    requests = BucketOutput()
    generations = GenerationsOutput()
    storage = StorageOutput()
    tokens = TokensOutput()


class UsageDoor(APIView):
    """Tells what the caller has used and has left."""

    def get(self, request: Request) -> Response:
        """At this moment; this request is among the requests."""
        user = caller_of(request).user
        report = usage_of(user=user)
        shown: dict[str, Any] = {
            "messages": report.messages,
            "requests": report.requests,
            "generations": {"limit": user.tier.concurrent_generations, "used": report.generations},
            "storage": {"limit": user.tier.storage_bytes, "used": report.storage_bytes},
            "tokens": report,
        }
        return Response(UsageOutput(shown).data)
