"""One request for a streamed chat completion, on the openai SDK: the connection, its time limits, what goes wrong.

The SDK makes the request; its retries are off (whoever calls has the one retry loop) and its chunk objects are not
used: reading the lines ourselves costs 48 µs a token where they cost 283 (design, section 4).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import httpx2
import openai
from openai import AsyncOpenAI

from streaming.llm.errors import (
    AuthenticationFailed,
    ContextTooLong,
    LLMError,
    Misconfigured,
    RateLimited,
    Rejected,
    TimedOut,
    Unavailable,
)
from streaming.llm.transport import BODY, Transport, read_body
from streaming.llm.types import Target, Timeouts
from streaming.llm.waits import seconds_until_retry

# The time limit between tokens is looked at so many times in its course, not at every token.
LOOKS = 10

_http: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx2.AsyncClient] = WeakKeyDictionary()
_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, str], AsyncOpenAI]] = WeakKeyDictionary()


class OpenStream:
    """The body of an answer under way. Whoever reads it says when the model was `heard`, which starts the time limit
    between two tokens anew.
    """

    def __init__(self, response: httpx2.Response, deadline: asyncio.Timeout, token_gap: float) -> None:
        compressed = "content-encoding" in response.headers
        self.parts = response.aiter_bytes() if compressed else read_body(response.extensions[BODY])
        self._now = asyncio.get_running_loop().time
        self._deadline = deadline
        self._token_gap = token_gap
        self._slack = token_gap / LOOKS
        self._extend_at = 0.0

    def heard(self) -> None:
        """The model has said something."""
        if (now := self._now()) >= self._extend_at:
            self._deadline.reschedule(now + self._token_gap + self._slack)
            self._extend_at = now + self._slack

    def pause(self) -> None:
        """Whoever reads is busy: no time limit holds until the model is heard again."""
        self._deadline.reschedule(None)
        self._extend_at = 0.0


@asynccontextmanager
async def open_stream(target: Target, body: dict[str, Any], timeouts: Timeouts) -> AsyncIterator[OpenStream]:
    """Asks `target` for a stream; `body` is the request without model and stream. Raises LLMError, also for what goes
    wrong while the stream is read.

    Leaving it early closes the connection, which is how providers learn that nobody listens any more.
    """
    try:
        async with asyncio.timeout(timeouts.first_token) as deadline:
            request = _client(target, timeouts).chat.completions.with_streaming_response.create(
                model=target.model,
                # The SDK would walk through every message to look for files; what is extra goes out as it is.
                messages=[],
                stream=True,
                stream_options={"include_usage": True},
                timeout=httpx2.Timeout(None, connect=timeouts.connect),
                extra_body=body,
            )
            async with request as response:
                yield OpenStream(response.http_response, deadline, timeouts.token_gap)
    except LLMError:
        raise
    except TimeoutError as error:
        raise TimedOut(f"{target.name} did not go on in time") from error
    except openai.APIError as error:
        raise _translate(target, error) from error
    except httpx2.TimeoutException as error:
        raise TimedOut(f"{target.name} timed out") from error
    except httpx2.HTTPError as error:
        raise Unavailable(f"{target.name}: the stream broke ({type(error).__name__})") from error


def limit_name(target: Target) -> str:
    """OpenAI's newer models refuse `max_tokens`; most other servers know nothing else."""
    return "max_completion_tokens" if urlsplit(target.base_url).hostname == "api.openai.com" else "max_tokens"


async def close() -> None:
    """Closes the connections of the running loop."""
    loop = asyncio.get_running_loop()
    _clients.pop(loop, None)
    if http := _http.pop(loop, None):
        await http.aclose()


def _client(target: Target, timeouts: Timeouts) -> AsyncOpenAI:
    loop = asyncio.get_running_loop()
    if loop not in _http:
        _http[loop] = httpx2.AsyncClient(transport=Transport(), timeout=httpx2.Timeout(None, connect=timeouts.connect))
        _clients[loop] = {}
    clients = _clients[loop]
    key = (target.base_url, target.api_key)
    if key not in clients:
        clients[key] = AsyncOpenAI(
            base_url=target.base_url, api_key=target.api_key, max_retries=0, http_client=_http[loop]
        )
    return clients[key]


def _translate(target: Target, error: openai.APIError) -> LLMError:
    match error:
        case openai.APIConnectionError():
            return Unavailable(f"{target.name} cannot be connected to")
        case openai.RateLimitError(code="insufficient_quota"):
            return Misconfigured(f"{target.name}: the quota of our key is used up")
        case openai.RateLimitError():
            return RateLimited(f"{target.name} is busy", retry_after=_retry_after(error))
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            return AuthenticationFailed(f"{target.name} refuses the key")
        case openai.APIStatusError() if error.status_code >= 500:
            return Unavailable(f"{target.name} answered {error.status_code}", retry_after=_retry_after(error))
        case openai.APIStatusError():
            return _refused(target, error)
    return Unavailable(f"{target.name}: {type(error).__name__}")


def _refused(target: Target, error: openai.APIStatusError) -> LLMError:
    # llama.cpp says exceed_context_size_error where OpenAI says context_length_exceeded.
    if error.code == "context_length_exceeded" or error.type == "exceed_context_size_error":
        return ContextTooLong(f"{target.name}: the prompt is too long")
    if error.status_code in {408, 409, 425}:
        return Unavailable(f"{target.name} answered {error.status_code}")
    message = f"{target.name} answered {error.status_code}: {error.message[:200]}"
    if error.status_code not in {400, 413, 422}:
        return Misconfigured(message)
    told = error.body.get("message") if isinstance(error.body, dict) else None
    return Rejected(message, told=told, param=error.param, code=error.code)


def _retry_after(error: openai.APIStatusError) -> float | None:
    return seconds_until_retry(error.response.headers.get("retry-after"))
