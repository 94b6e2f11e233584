"""`/api/schema/` and `/api/docs/`."""

from functools import cache
from hashlib import sha256
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from chatbot.accounts.api import schema as _accounts  # noqa: F401
from chatbot.openapi import client_errors as _client_errors  # noqa: F401
from chatbot.openapi import security as _security  # noqa: F401
from conversations.api import schema as _conversations  # noqa: F401
from moderation.api import schema as _moderation  # noqa: F401
from streaming.api import schema as _streaming  # noqa: F401
from streaming.openai_api import schema as _openai  # noqa: F401


@cache
def _document() -> tuple[bytes, str]:
    """The schema and its validator. It changes with the code only."""
    generator: Any = SchemaGenerator()  # type: ignore[no-untyped-call]
    body = msgspec.json.encode(generator.get_schema(request=None, public=True))
    return body, quote_etag(sha256(body).hexdigest()[:32])


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """The schema as JSON, for everybody."""
    body, etag = _document()
    response: Any = get_conditional_response(request, etag=etag) or HttpResponse(body, content_type="application/json")
    response["ETag"] = etag
    response["Cache-Control"] = "public, no-cache"
    return response  # type: ignore[no-any-return]


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Swagger UI over the schema."""
    return render(request, "api/docs.html")
