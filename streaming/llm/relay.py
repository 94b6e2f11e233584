"""Passes an answer on chunk by chunk with everything in it: text, tool calls, refusals, log probabilities, usage.

A chunk is read as far as limits, usage and the end of the stream need it; its choices are passed on as they came.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from streaming.llm.call import open_stream
from streaming.llm.chunks import CUT, MALFORMED, StreamReader
from streaming.llm.errors import LLMError, Unavailable
from streaming.llm.fallback import Breaker, Ear, first_to_speak
from streaming.llm.types import Target, Timeouts


class _Function(msgspec.Struct):
    name: str | None = None
    arguments: str | None = None


class _ToolCall(msgspec.Struct):
    function: _Function | None = None


class _Delta(msgspec.Struct):
    content: str | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    tool_calls: list[_ToolCall] | None = None


class _Choice(msgspec.Struct):
    delta: _Delta | None = None
    finish_reason: str | None = None


class _Envelope(msgspec.Struct):
    choices: msgspec.Raw = msgspec.Raw(b"null")
    usage: dict[str, Any] | None = None
    system_fingerprint: str | None = None
    service_tier: str | None = None
    error: Any = None


_decode = msgspec.json.Decoder(_Envelope).decode
_decode_choices = msgspec.json.Decoder(list[_Choice] | None).decode


class Chunk(msgspec.Struct, frozen=True, gc=False):
    """One chunk: its choices as they came, JSON in UTF-8, and what they say in words, which is what tokens are
    estimated from where nobody counts them. One that `speaks` says something or ends the answer.
    """

    choices: bytes
    said: str
    speaks: bool
    system_fingerprint: str | None = None
    service_tier: str | None = None


@dataclass(frozen=True, slots=True)
class Relayed:
    """How an answer ended. `usage` is the provider's own account, None where it gave none."""

    reason: str
    usage: dict[str, Any] | None


class Listener(Protocol):
    """Whoever an answer is passed on to."""

    @property
    def full(self) -> bool:
        """Whether the rest should wait until this much is taken."""

    def began(self, target: Target) -> None:
        """`target` answers; its chunks follow."""

    def hear(self, chunk: Chunk) -> None:
        """The next chunk."""

    async def drained(self) -> None:
        """Returns when the rest may come."""


class RelayReader(StreamReader):
    """Reads chunks for a listener. The first one often names no more than the role: until the model says something,
    nothing is passed on, so that another target can still take over.
    """

    def __init__(self, listener: Listener, on_first: Callable[[], None]) -> None:
        super().__init__()
        self._listener = listener
        self._on_first = on_first
        self._opening: Chunk | None = None
        self._spoken = False
        self._reason: str | None = None
        self._usage: dict[str, Any] | None = None

    def finish(self) -> Relayed:
        """How the stream ended; raises Unavailable when it was cut."""
        self.read_rest()
        if self._reason is None:
            raise Unavailable(CUT)
        return Relayed(self._reason, self._usage)

    def take(self, data: bytes) -> bool:
        """Reads one chunk; gives whether the model said something in it."""
        try:
            envelope = _decode(data)
            choices = _decode_choices(envelope.choices)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Unavailable(MALFORMED) from error
        if envelope.error is not None:
            raise Unavailable(f"the stream reports an error: {str(envelope.error)[:200]}")
        if envelope.usage is not None:
            self._usage = envelope.usage
        if not choices:
            return False
        choice = choices[0]
        self._reason = choice.finish_reason or self._reason
        said = _words_of(choice.delta) if choice.delta is not None else ""
        speaks = bool(said or choice.finish_reason)
        raw = bytes(envelope.choices)
        self._pass_on(Chunk(raw, said, speaks, envelope.system_fingerprint, envelope.service_tier))
        return speaks

    def _pass_on(self, chunk: Chunk) -> None:
        if self._spoken:
            self._listener.hear(chunk)
        elif not chunk.speaks:
            self._opening = self._opening or chunk
        else:
            self._spoken = True
            self._on_first()
            if self._opening:
                self._listener.hear(self._opening)
            self._listener.hear(chunk)


def _words_of(delta: _Delta) -> str:
    said = delta.content or delta.refusal or delta.reasoning_content or delta.reasoning or ""
    for call in delta.tool_calls or ():
        if call.function:
            said += (call.function.name or "") + (call.function.arguments or "")
    return said


async def relay_with_fallback(
    targets: Sequence[Target],
    body_for: Callable[[Target], dict[str, Any]],
    listener: Listener,
    *,
    breaker: Breaker,
    timeouts: Timeouts,
    on_failure: Callable[[Target, LLMError], None],
) -> Relayed:
    """Passes on the answer of the first target that speaks; raises the most hopeful LLMError when none does.

    `body_for` gives the request for a target, without model and stream; it may raise ContextTooLong.
    """

    async def ask(target: Target, body: dict[str, Any], ear: Ear) -> Relayed:
        def on_first() -> None:
            ear.heard()
            listener.began(target)

        reader = RelayReader(listener, on_first)
        async with open_stream(target, body, timeouts) as stream:
            async for part in stream.parts:
                if reader.feed(part):
                    stream.heard()
                if reader.ended:
                    break
                if listener.full:
                    # A slow listener is no fault of the provider's.
                    stream.pause()
                    await listener.drained()
                    stream.heard()
            return reader.finish()

    _, relayed = await first_to_speak(targets, body_for, ask, breaker=breaker, on_failure=on_failure)
    return relayed
