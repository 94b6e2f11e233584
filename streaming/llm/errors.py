"""What can go wrong with a provider.

LLMError
├── Transient                   worth another try later, or another target now
│   ├── RateLimited             429; `retry_after` in seconds when the provider said so
│   ├── Unavailable             5xx, refused or broken connection, stream cut without finish_reason, malformed chunk
│   │   └── Resting             nobody was asked: after failures every target rests
│   └── TimedOut                no first token or no next token in time
├── Misconfigured               402, 404, a used-up quota: this target cannot serve anybody; another one may
│   └── AuthenticationFailed    401 and 403: the key is wrong
├── ContextTooLong              the prompt does not fit; a shorter one may
└── Rejected                    400, 413 and 422: this request is refused; asking again changes nothing
"""


class LLMError(Exception):
    """A call to a provider failed. `code` is the contract's error code for it."""

    code = "provider_unavailable"

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class Transient(LLMError):
    """Worth another try."""


class RateLimited(Transient):
    """The provider is busy."""


class Unavailable(Transient):
    """The provider is down, or its stream broke."""


class Resting(Unavailable):
    """The target rests: no call was made."""


class TimedOut(Transient):
    """The provider took too long."""

    code = "provider_timeout"


class Misconfigured(LLMError):
    """The target cannot serve."""


class AuthenticationFailed(Misconfigured):
    """The provider refuses our key."""


class ContextTooLong(LLMError):
    """The prompt is longer than the model reads."""

    code = "context_length_exceeded"


class Rejected(LLMError):
    """The provider refuses the request. `told`, `param` and `reason` are its own words for whoever made the request."""

    def __init__(self, message: str, *, told: object = None, param: str | None = None, code: object = None) -> None:
        super().__init__(message)
        self.told = told[:500] if isinstance(told, str) else "The model's provider refuses this request."
        self.param = param if isinstance(param, str) else None
        # llama.cpp gives its status as code.
        self.reason = code if isinstance(code, str) and not code.isdecimal() else None
