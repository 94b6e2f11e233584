"""OpenAI's objects as bytes: chunks of a stream, whole completions, models."""

from typing import Any
from uuid import UUID

import msgspec

from streaming.llm.relay import Chunk
from streaming.models import LanguageModel

DONE = b"data: [DONE]\n\n"
# A comment, so that proxies do not take a silent answer for a dead one.
KEEP_ALIVE = b": keep-alive\n\n"


def public_id(completion_id: UUID) -> str:
    """The id that clients see."""
    return f"chatcmpl-{completion_id.hex}"


class ChunkWriter:
    """Writes the lines of one stream. The choices of a chunk go out as they came: about 3 µs a chunk."""

    def __init__(self, completion_id: UUID, *, created: int, model: str, include_usage: bool) -> None:
        envelope = {"id": public_id(completion_id), "object": "chat.completion.chunk", "created": created}
        self._before = b"data: " + msgspec.json.encode({**envelope, "model": model})[:-1]
        self._after = b',"usage":null}\n\n' if include_usage else b"}\n\n"
        self._extra: dict[tuple[str | None, str | None], bytes] = {}

    def line(self, chunk: Chunk) -> bytes:
        """A chunk."""
        return b'%b%b,"choices":%b%b' % (self._before, self._extras(chunk), chunk.choices, self._after)

    def usage(self, usage: dict[str, Any]) -> bytes:
        """The last chunk of a stream that was asked for its usage."""
        return b'%b,"choices":[],"usage":%b}\n\n' % (self._before, msgspec.json.encode(usage))

    def _extras(self, chunk: Chunk) -> bytes:
        key = (chunk.service_tier, chunk.system_fingerprint)
        if key not in self._extra:
            # Both stay the same all through a stream.
            self._extra = {key: _extras(chunk)}
        return self._extra[key]


def _extras(chunk: Chunk) -> bytes:
    told = {"service_tier": chunk.service_tier, "system_fingerprint": chunk.system_fingerprint}
    told = {name: value for name, value in told.items() if value is not None}
    return b"," + msgspec.json.encode(told)[1:-1] if told else b""


def completion(
    completion_id: UUID, *, created: int, model: str, choice: dict[str, Any], usage: dict[str, Any], last: Chunk
) -> bytes:
    """An answer that was not streamed; `last` is its last chunk."""
    body = {
        "id": public_id(completion_id),
        "object": "chat.completion",
        "created": created,
        "model": model,
        "choices": [choice],
        "usage": usage,
        "service_tier": last.service_tier,
        "system_fingerprint": last.system_fingerprint,
    }
    return msgspec.json.encode({name: value for name, value in body.items() if value is not None})


def model_object(model: LanguageModel) -> dict[str, Any]:
    """A model as OpenAI's clients expect it. Nobody keeps the day on which it was made."""
    return {"id": model.slug, "object": "model", "created": 0, "owned_by": model.provider.slug}
