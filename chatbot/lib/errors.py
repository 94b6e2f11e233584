"""The one error tree. A door translates any of these once, into the contract's `{"error": {...}}` or an `error` frame.

AppError
├── InvalidInput            invalid_input            400
│   ├── InvalidFrame        invalid_frame            400
│   └── MessageTooLong      message_too_long         400
├── ContextLengthExceeded   context_length_exceeded  400
├── Unauthorized            unauthorized             401
├── Forbidden               forbidden                403
├── NotFound                not_found                404
├── IdempotencyConflict     idempotency_conflict     409
├── GenerationActive        generation_active        409
├── ContentPolicy           content_policy           422
├── RateLimited             rate_limited             429
├── QuotaExceeded           quota_exceeded           429
├── Overloaded              overloaded               503
├── ProviderUnavailable     provider_unavailable     503
└── ProviderTimeout         provider_timeout         504
"""

from typing import Any, ClassVar


class AppError(Exception):
    """Something the caller is told: a stable code, an HTTP status, a sentence, and seconds to wait where that helps.

    `fallback_suggestions` are sentences of what the caller can do meanwhile. What `passes` by itself says when.
    `headers` tell the same in the way of HTTP.
    """

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    default_message: ClassVar[str] = "Something went wrong on our side. Please try again."
    passes: ClassVar[bool] = False

    def __init__(
        self,
        message: str | None = None,
        *,
        details: dict[str, Any] | None = None,
        retry_after: int | None = None,
        fallback_suggestions: list[str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.message = message or self.default_message
        self.headers = headers or {}
        self.details = details
        self.retry_after = retry_after
        self.fallback_suggestions = fallback_suggestions
        if fallback_suggestions is None and self.passes and retry_after:
            self.fallback_suggestions = [f"Try again in about {retry_after} s."]
        super().__init__(self.message)

    def as_dict(self) -> dict[str, Any]:
        """The contract's error object: `code`, `message` and, where known, `details`, `retry_after` in seconds and
        `fallback_suggestions`.
        """
        body: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.details:
            body["details"] = self.details
        if self.retry_after is not None:
            body["retry_after"] = self.retry_after
        if self.fallback_suggestions:
            body["fallback_suggestions"] = self.fallback_suggestions
        return body


class InvalidInput(AppError):
    code = "invalid_input"
    status = 400
    default_message = "The request is not valid."


class InvalidFrame(InvalidInput):
    code = "invalid_frame"
    default_message = "The frame is not valid."


class MessageTooLong(InvalidInput):
    code = "message_too_long"
    default_message = "The message is too long."


class ContextLengthExceeded(AppError):
    code = "context_length_exceeded"
    status = 400
    default_message = "The conversation no longer fits into what this model can read."


class Unauthorized(AppError):
    code = "unauthorized"
    status = 401
    default_message = "Please log in, or send a valid token."


class Forbidden(AppError):
    code = "forbidden"
    status = 403
    default_message = "You may not do this."


class NotFound(AppError):
    code = "not_found"
    status = 404
    default_message = "There is no such object."


class IdempotencyConflict(AppError):
    code = "idempotency_conflict"
    status = 409
    default_message = "This client_message_id was used before with another message."


class GenerationActive(AppError):
    code = "generation_active"
    status = 409
    default_message = "The previous answer is still being written. Wait for it or stop it."


class ContentPolicy(AppError):
    code = "content_policy"
    status = 422
    default_message = "This message goes against the rules of this service."


class RateLimited(AppError):
    code = "rate_limited"
    status = 429
    default_message = "You are sending messages too quickly."


class QuotaExceeded(AppError):
    code = "quota_exceeded"
    status = 429
    default_message = "Your limit is used up."


class Overloaded(AppError):
    code = "overloaded"
    status = 503
    default_message = "The service is busy. Please try again in a moment."
    passes = True


class ProviderUnavailable(AppError):
    code = "provider_unavailable"
    status = 503
    default_message = "The language model cannot be reached at the moment."
    passes = True


class ProviderTimeout(AppError):
    code = "provider_timeout"
    status = 504
    default_message = "The language model did not answer in time."
    passes = True
