"""Reads that cost little when nothing has changed: ETag and 304.

A view finds out the version of what it would show, which is far less work than showing it, and calls `check_version`.
"""

from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpResponseNotModified
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from rest_framework.request import Request
from rest_framework.views import APIView

CODE = ("chatbot", "conversations", "moderation", "streaming")
DIGEST_BYTES = 12


class NotModified(Exception):
    """The client has what it asks for."""


@cache
def _release() -> bytes:
    """A digest of our code: another release may show the same rows in another way."""
    digest = blake2b(digest_size=DIGEST_BYTES)
    for package in CODE:
        for path in sorted(Path(settings.BASE_DIR, package).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.digest()


def make_etag(*version: object) -> str:
    """A weak validator: what differs in its bytes only, as by compression, is the same."""
    digest = blake2b(repr(version).encode(), key=_release(), digest_size=DIGEST_BYTES)
    return f'W/"{digest.hexdigest()}"'


def is_known(request: Request, etag: str) -> bool:
    """Whether `If-None-Match` names it."""
    known = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in known or etag.removeprefix("W/") in {value.removeprefix("W/") for value in known}


class ConditionalReads(APIView):
    """A view whose reads may be kept by the client, which asks each time whether they still hold."""

    _etag: str | None = None

    def check_version(self, *version: object) -> None:
        """Says what the answer is made of; raises NotModified, which ends the request, when the client has it."""
        self._etag = make_etag(*version)
        if is_known(self.request, self._etag):
            raise NotModified

    def handle_exception(self, exc: Exception) -> Any:
        """DRF's hook: turns NotModified into 304."""
        return HttpResponseNotModified() if isinstance(exc, NotModified) else super().handle_exception(exc)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """DRF's hook: adds the validator. No proxy keeps what belongs to one person."""
        response = super().finalize_response(request, response, *args, **kwargs)
        if self._etag and response.status_code in {200, 304}:
            response["ETag"] = self._etag
            response["Cache-Control"] = "private, no-cache"
            patch_vary_headers(response, ["Accept", "Authorization", "Cookie"])
        return response
