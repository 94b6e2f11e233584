"""Tries the targets in turn until one speaks. Once text is visible there is no other target: the attempt fails."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from streaming.llm.client import stream_chat
from streaming.llm.errors import LLMError, Misconfigured, RateLimited, Transient, Unavailable
from streaming.llm.types import Finish, Prompt, Target, Timeouts

logger = logging.getLogger(__name__)


class Breaker(Protocol):
    """What guards a target: `chatbot.lib.breaker` is one."""

    async def rest_of(self, target: str) -> int:
        """Seconds that the target rests; 0 when a call may go out."""

    async def succeeded(self, target: str) -> None:
        """A call worked."""

    async def failed(self, target: str) -> bool:
        """A call failed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How a stream ended, and who spoke."""

    target: Target
    finish: Finish


async def stream_with_fallback(
    targets: Sequence[Target],
    prompt_for: Callable[[Target], Prompt],
    on_text: Callable[[str], None],
    *,
    breaker: Breaker,
    timeouts: Timeouts,
) -> Answer:
    """Streams from the first target that works; raises the last LLMError when none does."""
    spoken = False

    def heard(text: str) -> None:
        nonlocal spoken
        spoken = True
        on_text(text)

    last: LLMError | None = None
    for target in targets:
        if rest := await breaker.rest_of(target.name):
            last = last or Unavailable(f"{target.name} rests after failures", retry_after=rest)
            continue
        try:
            finish = await stream_chat(target, prompt_for(target), heard, timeouts)
        except LLMError as error:
            last = error
            await _report(breaker, target, error)
            if spoken or not isinstance(error, Transient | Misconfigured):
                raise
        else:
            await breaker.succeeded(target.name)
            return Answer(target, finish)
    raise last or Unavailable("no target is enabled")


async def _report(breaker: Breaker, target: Target, error: LLMError) -> None:
    level = logging.ERROR if isinstance(error, Misconfigured) else logging.WARNING
    logger.log(level, "target failed", extra={"target": target.name, "error": str(error)})
    match error:
        case RateLimited() | Misconfigured():
            pass  # busy, or wrongly set up: it says so at once, and resting would hide it
        case Transient():
            await breaker.failed(target.name)
        case _:
            await breaker.succeeded(target.name)  # it refuses this request, so it is well
