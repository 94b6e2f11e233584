"""One streamed call to one target, on the openai SDK.

The SDK makes the request; its retries are off (the engine has the one retry loop) and its chunk objects are not used:
parsing the lines here costs 48 µs a token where they cost 283 (design, section 4).
"""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import httpx2
import openai
from openai import AsyncOpenAI

from streaming.llm.chunks import ChunkReader
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
from streaming.llm.types import Finish, Prompt, Target, Timeouts
from streaming.llm.waits import seconds_until_retry

# The time limit between tokens is looked at so many times in its course, not at every token.
LOOKS = 10

_http: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx2.AsyncClient] = WeakKeyDictionary()
_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, str], AsyncOpenAI]] = WeakKeyDictionary()


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


def _limit_name(target: Target) -> str:
    """OpenAI's newer models refuse `max_tokens`; most other servers know nothing else."""
    return "max_completion_tokens" if urlsplit(target.base_url).hostname == "api.openai.com" else "max_tokens"


async def close() -> None:
    """Closes the connections of the running loop."""
    loop = asyncio.get_running_loop()
    _clients.pop(loop, None)
    if http := _http.pop(loop, None):
        await http.aclose()


async def stream_chat(target: Target, prompt: Prompt, on_text: Callable[[str], None], timeouts: Timeouts) -> Finish:
    """Streams one answer into `on_text` and tells how it ended; raises LLMError.

    Cancelling the task closes the connection, which is how providers learn that nobody listens any more.
    """
    optional: dict[str, Any] = {_limit_name(target): prompt.max_tokens}
    if target.temperature is not None:
        optional["temperature"] = target.temperature
    try:
        async with asyncio.timeout(timeouts.first_token) as deadline:
            request = _client(target, timeouts).chat.completions.with_streaming_response.create(
                model=target.model,
                # The SDK would walk through every message to look for files; what is extra goes out as it is.
                messages=[],
                stream=True,
                stream_options={"include_usage": True},
                timeout=httpx2.Timeout(None, connect=timeouts.connect),
                extra_body={**target.parameters, "messages": prompt.messages},
                **optional,
            )
            async with request as response:
                return await _read(response.http_response, on_text, deadline, timeouts.token_gap)
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


async def _read(
    response: httpx2.Response, on_text: Callable[[str], None], deadline: asyncio.Timeout, token_gap: float
) -> Finish:
    loop = asyncio.get_running_loop()
    reader = ChunkReader(on_text)
    slack = token_gap / LOOKS
    extend_at = 0.0
    compressed = "content-encoding" in response.headers
    parts = response.aiter_bytes() if compressed else read_body(response.extensions[BODY])
    async for part in parts:
        if reader.feed(part) and (now := loop.time()) >= extend_at:
            deadline.reschedule(now + token_gap + slack)
            extend_at = now + slack
        if reader.ended:
            break
    return reader.finish()


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
            # llama.cpp says exceed_context_size_error where OpenAI says context_length_exceeded.
            if error.code == "context_length_exceeded" or error.type == "exceed_context_size_error":
                return ContextTooLong(f"{target.name}: the prompt is too long")
            if error.status_code in {408, 409, 425}:
                return Unavailable(f"{target.name} answered {error.status_code}")
            kind = Rejected if error.status_code in {400, 413, 422} else Misconfigured
            return kind(f"{target.name} answered {error.status_code}: {error.message[:200]}")
    return Unavailable(f"{target.name}: {type(error).__name__}")


def _retry_after(error: openai.APIStatusError) -> float | None:
    return seconds_until_retry(error.response.headers.get("retry-after"))
