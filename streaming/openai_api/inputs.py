"""The body of `POST /v1/chat/completions`.

What nobody knows is refused, as OpenAI does. `service_tier`, `prompt_cache_key`, `prompt_cache_retention` and
`safety_identifier` concern OpenAI alone and change nothing here.
"""

import re
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from streaming.completions.call import NewCompletion
from streaming.openai_api.errors import ApiError
from streaming.openai_api.messages import Message, check_messages
from streaming.openai_api.tools import NamedTool, ResponseFormat, Tool

_PLACE = re.compile(r" - at `(?:key in )?\$\.?(.*?)`$")
_FIELD = re.compile(r"field `(.*)`")
NOT_JSON = (
    "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library "
    "correctly. This API expects a JSON payload, but what was sent was not valid JSON.)"
)

Penalty = Annotated[float, Meta(ge=-2, le=2)]
Limit = Annotated[int, Meta(ge=1, le=(1 << 31) - 1)]


class StreamOptions(msgspec.Struct, forbid_unknown_fields=True):
    """How a stream is to be."""

    include_usage: bool | None = None
    include_obfuscation: bool | None = None


class ChatRequest(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One request; None is the same as nothing."""

    model: Annotated[str, Meta(min_length=1, max_length=200)]
    messages: Annotated[list[Message], Meta(min_length=1, max_length=2_000)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: Limit | None = None
    max_completion_tokens: Limit | None = None
    n: Annotated[int, Meta(ge=1, le=128)] | None = None
    store: bool | None = None
    metadata: (
        Annotated[dict[Annotated[str, Meta(max_length=64)], Annotated[str, Meta(max_length=512)]], Meta(max_length=16)]
        | None
    ) = None
    modalities: list[str] | None = None
    # Sent on.
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None
    stop: str | Annotated[list[str], Meta(max_length=4)] | None = None
    seed: Annotated[int, Meta(ge=-(1 << 63), le=(1 << 63) - 1)] | None = None
    logit_bias: Annotated[dict[str, Annotated[float, Meta(ge=-100, le=100)]], Meta(max_length=1_024)] | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None
    response_format: ResponseFormat | None = None
    tools: Annotated[list[Tool], Meta(min_length=1, max_length=128)] | None = None
    tool_choice: Literal["none", "auto", "required"] | NamedTool | None = None
    parallel_tool_calls: bool | None = None
    reasoning_effort: Annotated[str, Meta(max_length=20)] | None = None
    verbosity: Annotated[str, Meta(max_length=20)] | None = None
    user: Annotated[str, Meta(max_length=512)] | None = None
    # Without meaning here.
    service_tier: str | None = None
    prompt_cache_key: str | None = None
    prompt_cache_retention: str | None = None
    safety_identifier: str | None = None
    # Not to be had here.
    audio: Any = None
    function_call: Any = None
    functions: Any = None
    prediction: Any = None
    web_search_options: Any = None

    @property
    def include_usage(self) -> bool:
        """Whether the stream ends with what it has used."""
        return bool(self.stream_options and self.stream_options.include_usage)

    def as_completion(self) -> NewCompletion:
        """The request for the service."""
        options = {name: getattr(self, name) for name in SENT_ON if getattr(self, name) is not None}
        return NewCompletion(
            model=self.model,
            messages=msgspec.to_builtins(self.messages),
            options=msgspec.to_builtins(options),
            max_tokens=self.max_completion_tokens or self.max_tokens,
            store=bool(self.store),
            metadata=self.metadata,
        )


SENT_ON = (
    *("temperature", "top_p", "presence_penalty", "frequency_penalty", "stop", "seed", "logit_bias", "logprobs"),
    *("top_logprobs", "response_format", "tools", "tool_choice", "parallel_tool_calls", "reasoning_effort"),
    *("verbosity", "user"),
)
NOT_HERE = ("audio", "function_call", "functions", "prediction", "web_search_options")
# What makes sense only together with another field.
NEEDS = {
    "stream_options": "stream",
    "top_logprobs": "logprobs",
    "tool_choice": "tools",
    "parallel_tool_calls": "tools",
}

_decode = msgspec.json.Decoder(ChatRequest).decode


def read_request(body: bytes) -> ChatRequest:
    """The request in a body; raises ApiError."""
    try:
        request = _decode(body)
    except msgspec.ValidationError as error:
        raise _explained(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ApiError(400, NOT_JSON) from error
    for name in NOT_HERE:
        if getattr(request, name) is not None:
            raise _unsupported(name, f"Unsupported parameter: '{name}' is not supported here.")
    for name, other in NEEDS.items():
        if getattr(request, name) is not None and not getattr(request, other):
            message = f"The '{name}' parameter is only allowed when '{other}' is given."
            raise ApiError(400, message, param=name, code="invalid_value")
    if (request.n or 1) > 1:
        raise _unsupported("n", "Only one answer is given to a request: 'n' must be 1.")
    if request.modalities not in (None, ["text"]):
        raise _unsupported("modalities", "Only text is written here: 'modalities' must be [\"text\"].")
    check_messages(request.messages)
    return request


def _unsupported(name: str, message: str) -> ApiError:
    return ApiError(400, message, param=name, code="unsupported_parameter")


def _explained(error: str) -> ApiError:
    """msgspec's sentence in OpenAI's words."""
    place = _PLACE.search(error)
    where = place[1] if place else ""
    what = error[: place.start()] if place else error
    if field := _FIELD.search(what):
        param = f"{where}.{field[1]}" if where else field[1]
        if what.startswith("Object missing"):
            return ApiError(
                400, f"Missing required parameter: '{param}'.", param=param, code="missing_required_parameter"
            )
        return ApiError(400, f"Unknown parameter: '{param[:200]}'.", param=param[:200], code="unknown_parameter")
    if not where:
        return ApiError(400, f"Invalid body: {what}.", code="invalid_type")
    if " got " in what:
        return ApiError(400, f"Invalid type for '{where}': {what}.", param=where, code="invalid_type")
    return ApiError(400, f"Invalid value for '{where}': {what}.", param=where, code="invalid_value")
