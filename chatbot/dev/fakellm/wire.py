"""The OpenAI API's shapes as bytes: errors, whole completions, stream chunks, usage; and what counts as a token."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

_TOKEN = re.compile(r"\s*\S+|\s+")
_CREATED = 1_700_000_000  # fixed, so that answers are the same to the byte
_ERRORS = {  # status: (type, code, message), after platform.openai.com/docs/guides/error-codes
    400: ("invalid_request_error", "context_length_exceeded", "This model's maximum context length was exceeded."),
    401: ("invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
    429: ("requests", "rate_limit_exceeded", "Rate limit reached for requests."),
}
_SERVER_ERROR = ("server_error", None, "The server had an error while processing your request.")

DONE = b"data: [DONE]\n\n"
BROKEN_LINE = b'data: {"id": "chatcmpl-fake", "choices": [{"delta": {"con\n\n'
BROKEN_BODY = '{"id": "fake", "choices": [{"message": {"con'


def split_tokens(text: str) -> list[str]:
    """`text` in tokens: a word with the white space before it. Joined they are `text` again."""
    return _TOKEN.findall(text)


def message_text(message: dict[str, Any]) -> str:
    """The text of one chat message, whose content may be a string, a list of parts or null."""
    content = message.get("content")
    if isinstance(content, list):
        return "".join(part.get("text", "") for part in content if part.get("type") == "text")
    return content or ""


def encode(value: object) -> bytes:
    """JSON in UTF-8, characters as themselves, as the real one sends it; half of a surrogate pair becomes `?`."""
    return json.dumps(value, ensure_ascii=False).encode(errors="replace")


def error_body(status: int, *, message: str | None = None, code: str | None = None) -> dict[str, Any]:
    """An error in OpenAI's shape."""
    kind, usual_code, usual_message = _ERRORS.get(status, _SERVER_ERROR)
    return {"error": {"message": message or usual_message, "type": kind, "param": None, "code": code or usual_code}}


def error_response(
    status: int, *, message: str | None = None, code: str | None = None, retry_after: float | None = None
) -> web.Response:
    """An error as a response; `retry_after` in seconds becomes the header."""
    headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
    return web.json_response(error_body(status, message=message, code=code), status=status, headers=headers)


@dataclass(frozen=True, slots=True)
class Reply:
    """One good answer, ready to be written in either form."""

    model: str
    tokens: list[str]
    thoughts: list[str]
    prompt_tokens: int
    finish_reason: str | None
    include_usage: bool = False
    tool: str | None = None
    """The tool that is called; the tokens are its arguments then."""
    logprobs: bool = False

    def whole(self, *, usage: bool = True) -> dict[str, Any]:
        """The body of a request that did not ask for a stream."""
        text = "".join(self.tokens)
        message: dict[str, Any] = {"role": "assistant", "content": None if self.tool else text, "refusal": None}
        if self.tool:
            message["tool_calls"] = [_called(self.tool, text)]
        if self.thoughts:
            message["reasoning_content"] = "".join(self.thoughts)
        logprobs = {"content": [_logprob(token) for token in self.tokens]} if self.logprobs else None
        choice = {"index": 0, "message": message, "logprobs": logprobs, "finish_reason": self.finish_reason}
        body = self._envelope("chat.completion") | {"choices": [choice]}
        return body | ({"usage": self._usage()} if usage else {})

    def opening(self) -> bytes:
        """The first chunk, which names the role, and the tool where one is called."""
        if self.tool is None:
            return self._chunk({"role": "assistant", "content": ""})
        return self._chunk({"role": "assistant", "content": None, "tool_calls": [{"index": 0, **_called(self.tool)}]})

    def thought(self, text: str) -> bytes:
        """A chunk of reasoning, under the name that most servers of open models give it."""
        return self._chunk({"reasoning_content": text})

    def token_writer(self) -> Callable[[str], bytes]:
        """What makes the chunk of a token. All but the token is encoded once: streams are many."""
        if self.logprobs:
            return lambda token: self._chunk({"content": token}, logprobs={"content": [_logprob(token)]})
        delta: dict[str, Any] = {"content": "\0"}
        if self.tool is not None:
            delta = {"tool_calls": [{"index": 0, "function": {"arguments": "\0"}}]}
        before, after = self._chunk(delta).split(b'"\\u0000"')
        return lambda token: before + encode(token) + after

    def closing(self, *, usage: bool = True, done: bool = True) -> bytes:
        """All that follows the last token: finish_reason, usage where it was asked for, [DONE]."""
        last = b""
        if self.include_usage and usage:
            last = line(self._envelope("chat.completion.chunk") | {"choices": [], "usage": self._usage()})
        return self._chunk({}, self.finish_reason) + last + (DONE if done else b"")

    def _chunk(
        self, delta: dict[str, Any], finish_reason: str | None = None, logprobs: dict[str, Any] | None = None
    ) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": logprobs, "finish_reason": finish_reason}
        usage = {"usage": None} if self.include_usage else {}
        return line(self._envelope("chat.completion.chunk") | {"choices": [choice]} | usage)

    def _envelope(self, kind: str) -> dict[str, Any]:
        return {"id": "chatcmpl-fake", "object": kind, "created": _CREATED, "model": self.model}

    def _usage(self) -> dict[str, Any]:
        sent = len(self.tokens) + len(self.thoughts)
        details = {"completion_tokens_details": {"reasoning_tokens": len(self.thoughts)}} if self.thoughts else {}
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": sent,
            "total_tokens": self.prompt_tokens + sent,
            **details,
        }


def _called(tool: str, arguments: str = "") -> dict[str, Any]:
    return {"id": "call_fake", "type": "function", "function": {"name": tool, "arguments": arguments}}


def _logprob(token: str) -> dict[str, Any]:
    return {"token": token, "logprob": -0.25, "bytes": list(token.encode()), "top_logprobs": []}


def line(body: dict[str, Any]) -> bytes:
    """One event of a stream."""
    return b"data: " + encode(body) + b"\n\n"
