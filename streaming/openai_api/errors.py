"""Every error in OpenAI's shape: `{"error": {"message", "type", "param", "code"}}`, with OpenAI's status codes."""

import math
from collections.abc import Mapping
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse

from chatbot.lib.api import as_app_error, error_headers
from chatbot.lib.errors import (
    AppError,
    ContentPolicy,
    ContextLengthExceeded,
    Forbidden,
    InvalidInput,
    NotFound,
    ProviderTimeout,
    ProviderUnavailable,
    Unauthorized,
)
from streaming.llm.errors import ContextTooLong, LLMError, Rejected, TimedOut

# Where the door stands: what fails before any view of it is told in its shape, too.
OPENAI_API = "/v1/"
INVALID, BUSY, SERVER = "invalid_request_error", "requests", "server_error"
NO_KEY = (
    "You didn't provide an API key. Send it in an Authorization header with Bearer auth "
    "(Authorization: Bearer ck-…). You make keys on your account page."
)


class ApiError(Exception):
    """What a caller is told. `label` is the contract's code, for the metrics."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        label: str = InvalidInput.code,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.message = message
        self.code = code
        self.param = param
        self.label = label
        self.headers = headers or {}
        super().__init__(message)

    def body(self) -> bytes:
        """The error as JSON."""
        kind = BUSY if self.status == 429 else SERVER if self.status >= 500 else INVALID
        error = {"message": self.message, "type": kind, "param": self.param, "code": self.code}
        return msgspec.json.encode({"error": error})

    def response(self) -> HttpResponse:
        """The error as a response."""
        return HttpResponse(self.body(), status=self.status, content_type="application/json", headers=self.headers)


def not_found(request: HttpRequest) -> ApiError:
    """There is nothing at this address."""
    return ApiError(404, f"Invalid URL ({request.method} {request.path[:200]})", label=NotFound.code)


def wrong_method(request: HttpRequest, allowed: str) -> ApiError:
    """There is something else at this address."""
    hint = f"Not allowed to {request.method} on {request.path} (HINT: Perhaps you meant to use {allowed}?)"
    return ApiError(405, hint, code="method_not_supported", headers={"Allow": allowed})


def as_api_error(error: Exception, request: HttpRequest | None = None) -> ApiError:
    """Any exception as the caller is told it. What nobody foresaw is `internal`, without its text."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, Rejected):
        return ApiError(400, error.told, code=error.reason, param=error.param)
    app_error = _from_provider(error) if isinstance(error, LLMError) else as_app_error(error)
    headers = {**error_headers(app_error), **_rate_headers(app_error.headers, app_error.retry_after)}
    status, code, param, message = app_error.status, app_error.code, None, app_error.message
    match app_error:
        case Unauthorized():
            given = request is not None and "Authorization" in request.headers
            code, message = ("invalid_api_key", f"Incorrect API key provided. {message}") if given else ("", NO_KEY)
        case Forbidden():
            code = "insufficient_permissions"
        case NotFound():
            code, param = "model_not_found", "model"
        case ContentPolicy():
            status, code = 400, "content_policy_violation"
        case ContextLengthExceeded():
            param = "messages"
        case InvalidInput():
            code = "string_above_max_length" if code == "message_too_long" else "invalid_value"
            param = (app_error.details or {}).get("param")
    if status == 429:
        code = "rate_limit_exceeded"
    return ApiError(status, message, code=code or None, param=param, label=app_error.code, headers=headers)


def _from_provider(error: LLMError) -> AppError:
    wait = None if error.retry_after is None else max(1, math.ceil(error.retry_after))
    match error:
        case ContextTooLong():
            return ContextLengthExceeded(
                "The messages are longer than this model's maximum context length. Please reduce their length."
            )
        case TimedOut():
            return ProviderTimeout(retry_after=wait)
    return ProviderUnavailable(retry_after=wait)


def _rate_headers(headers: Mapping[str, Any], reset_after: int | None) -> dict[str, str]:
    if "X-RateLimit-Limit" not in headers:
        return {}
    return rate_headers(int(headers["X-RateLimit-Limit"]), int(headers["X-RateLimit-Remaining"]), reset_after or 1)


def rate_headers(limit: int, remaining: int, reset_after: int) -> dict[str, str]:
    """A bucket of requests a minute under OpenAI's names; `reset_after` is in seconds."""
    return {
        "x-ratelimit-limit-requests": str(limit),
        "x-ratelimit-remaining-requests": str(remaining),
        "x-ratelimit-reset-requests": f"{reset_after}s",
    }
