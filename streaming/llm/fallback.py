"""Tries the targets in turn until one speaks. Once text is visible there is no other target: the attempt fails."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from streaming.llm.client import stream_chat
from streaming.llm.errors import (
    ContextTooLong,
    LLMError,
    Misconfigured,
    RateLimited,
    Rejected,
    Resting,
    Transient,
    Unavailable,
)
from streaming.llm.types import Finish, Prompt, Target, Timeouts

logger = logging.getLogger(__name__)

Request = TypeVar("Request")
Result = TypeVar("Result")


class Breaker(Protocol):
    """What guards a target: `chatbot.lib.breaker` is one."""

    async def rest_of(self, target: str) -> int:
        """Seconds that the target rests; 0 when a call may go out, -1 when it may as a probe."""

    async def succeeded(self, target: str) -> None:
        """A call worked."""

    async def failed(self, target: str) -> bool:
        """A call failed."""

    async def released(self, target: str) -> None:
        """A call ended in a way that says nothing of the target."""


class PromptFor(Protocol):
    """Cuts the prompt for a target: one that should fit, or a `shorter` one when it did not. Raises ContextTooLong."""

    def __call__(self, target: Target, /, *, shorter: bool = False) -> Prompt:
        """The prompt."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How a stream ended, and who spoke."""

    target: Target
    finish: Finish


class Ear:
    """Hears whether the target that is asked has said something. A probe has told enough with that: others need not
    wait for the whole answer.
    """

    def __init__(self, breaker: Breaker) -> None:
        self._breaker = breaker
        self._report: asyncio.Task[None] | None = None
        self.spoken = False
        self.probed: Target | None = None

    def heard(self) -> None:
        """The target has said something."""
        if self.probed is not None and not self.spoken:
            self._report = asyncio.create_task(self._breaker.succeeded(self.probed.name))
        self.spoken = True


def _unheard(target: Target, error: LLMError) -> None:
    """The default: nobody wants to hear of single failures."""


async def stream_with_fallback(
    targets: Sequence[Target],
    prompt_for: PromptFor,
    on_text: Callable[[str], None],
    *,
    breaker: Breaker,
    timeouts: Timeouts,
    on_failure: Callable[[Target, LLMError], None] = _unheard,
) -> Answer:
    """Streams from the first target that works; raises the most hopeful LLMError when none does."""

    async def ask(target: Target, prompt: Prompt, ear: Ear) -> Finish:
        def hear(text: str) -> None:
            if not ear.spoken:
                ear.heard()
            on_text(text)

        return await _ask(target, prompt, prompt_for, hear, timeouts)

    return Answer(*await first_to_speak(targets, prompt_for, ask, breaker=breaker, on_failure=on_failure))


async def first_to_speak(
    targets: Sequence[Target],
    prepare: Callable[[Target], Request],
    ask: Callable[[Target, Request, Ear], Awaitable[Result]],
    *,
    breaker: Breaker,
    on_failure: Callable[[Target, LLMError], None] = _unheard,
) -> tuple[Target, Result]:
    """What the first target gives that works. `ask` tells the ear when the target speaks: then there is no other.

    `prepare` may raise ContextTooLong. Raises the most hopeful LLMError when no target works.
    """
    ear = Ear(breaker)
    errors: list[LLMError] = []
    for target in targets:
        try:
            request = prepare(target)
        except ContextTooLong as error:
            errors.append(error)
            continue
        if (rest := await breaker.rest_of(target.name)) > 0:
            errors.append(Resting(f"{target.name} rests after failures", retry_after=rest))
            continue
        ear.probed = target if rest < 0 else None
        try:
            result = await ask(target, request, ear)
        except LLMError as error:
            errors.append(error)
            await _report(breaker, target, error)
            on_failure(target, error)
            if ear.spoken or isinstance(error, Rejected):
                raise
        except asyncio.CancelledError:
            await breaker.released(target.name)
            raise
        else:
            await breaker.succeeded(target.name)
            return target, result
    raise _decisive(errors)


def _decisive(errors: Sequence[LLMError]) -> LLMError:
    """Why no target spoke. Resting only when nobody was asked."""
    if not errors:
        return Unavailable("no target is enabled")
    decisive = most_hopeful(errors)
    if isinstance(decisive, Resting) and not all(isinstance(error, Resting) for error in errors):
        return Unavailable(str(decisive), retry_after=decisive.retry_after)
    return decisive


async def _ask(
    target: Target, prompt: Prompt, prompt_for: PromptFor, on_text: Callable[[str], None], timeouts: Timeouts
) -> Finish:
    """Asks a target; one that counts tokens otherwise and finds the prompt too long is asked once more, for less."""
    try:
        return await stream_chat(target, prompt, on_text, timeouts)
    except ContextTooLong:
        shorter = prompt_for(target, shorter=True)
        if shorter == prompt:
            raise
        return await stream_chat(target, shorter, on_text, timeouts)


def most_hopeful(errors: Sequence[LLMError]) -> LLMError:
    """The error that decides what happens next: one that passes by itself before one that does not; of those a busy
    target, which said when to come back; of those the soonest.
    """

    def hope(error: LLMError) -> tuple[bool, bool, bool, float]:
        wait = float("inf") if error.retry_after is None else error.retry_after
        transient, busy = isinstance(error, Transient), isinstance(error, RateLimited)
        return not transient, not busy, not isinstance(error, ContextTooLong), wait

    return min(errors, key=hope)


async def _report(breaker: Breaker, target: Target, error: LLMError) -> None:
    level = logging.ERROR if isinstance(error, Misconfigured) else logging.WARNING
    logger.log(level, "target failed", extra={"target": target.name, "error": str(error)})
    match error:
        case RateLimited() | Misconfigured():
            # Busy, or wrongly set up: it says so at once, and resting would hide it.
            await breaker.released(target.name)
        case Transient():
            await breaker.failed(target.name)
        case _:
            await breaker.succeeded(target.name)  # it refuses this request, so it is well
