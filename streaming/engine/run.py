"""One attempt at one generation, from the claim to `done`."""

import asyncio
import logging
import random
import time
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import Any

from django.conf import settings
from redis.exceptions import RedisError

from chatbot.lib import breaker, metrics
from chatbot.lib.db import in_db
from streaming import catalogue, log, queue
from streaming.engine.publisher import Publisher, Stream
from streaming.events import Done, Reset, Status
from streaming.llm.errors import ContextTooLong, LLMError, RateLimited, Transient
from streaming.llm.fallback import Answer, stream_with_fallback
from streaming.llm.types import Target, Timeouts
from streaming.models import Generation
from streaming.prompts.builder import Material, gather
from streaming.prompts.tokens import estimate_tokens
from streaming.queue import Claim, Outcome

logger = logging.getLogger(__name__)

# A log that is gone may have held events past the checkpoint; their numbers are not used again. 1,000 is more than an
# engine publishes between two checkpoints (2 s at one event every 40 ms), many times over.
LOST_LOG_GAP = 1_000
# A target that counts tokens otherwise gets one more try with this part of the turns it was sent.
SHRINK = 0.5
FIRST_BACKOFF_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 60.0

BUSY = "I'm a bit busy right now. Your message has been queued."
TROUBLE = "The language model has a problem. Trying again."
SORRY = {
    "provider_unavailable": "The language model cannot be reached at the moment. Please try again later.",
    "provider_timeout": "The language model did not answer in time. Please try again.",
    "context_length_exceeded": "The conversation no longer fits into what this model can read.",
    "internal": "Something went wrong on our side. Please try again.",
}


class Ending(Enum):
    """Why a running attempt is cancelled from outside."""

    STOP = "stop"
    FENCED = "fenced"
    DRAIN = "drain"


@dataclass(slots=True)
class Attempt:
    """A running attempt, as the worker holds it. `ending` is set before its task is cancelled."""

    claim: Claim
    claimed_at: float = field(default_factory=time.monotonic)
    first_token_at: float | None = None
    model: str = ""
    ending: Ending | None = None

    def since_accepted_ms(self, moment: float) -> int:
        """Milliseconds from the acceptance of the message to `moment` of this process's clock."""
        return round(self.claim.age_ms + (moment - self.claimed_at) * 1000)


@dataclass(frozen=True, slots=True)
class Job:
    """What an attempt works on."""

    targets: list[Target]
    material: Material
    stop_requested: bool


def _load(claim: Claim) -> Job:
    generation = Generation.objects.select_related("conversation", "prompt", "language_model").get(
        pk=claim.generation_id
    )
    temperature = generation.conversation.model_config.get("temperature")
    return Job(
        targets=catalogue.targets_for(generation.language_model, temperature=temperature),
        material=gather(
            conversation=generation.conversation,
            prompt=generation.prompt,
            default_system=settings.DEFAULT_SYSTEM_PROMPT,
        ),
        stop_requested=generation.stop_requested,
    )


def _timeouts() -> Timeouts:
    return Timeouts(settings.LLM_CONNECT_TIMEOUT, settings.LLM_FIRST_TOKEN_TIMEOUT, settings.LLM_TOKEN_GAP_TIMEOUT)


async def _first_seq(claim: Claim) -> int:
    """The number after which this attempt's events begin."""
    lost = claim.checkpoint_seq + LOST_LOG_GAP if claim.attempt > 1 else 0
    try:
        newest = await log.last_seq(claim.message_id)
    except (RedisError, OSError):
        return lost
    return newest if newest >= claim.checkpoint_seq and (newest or claim.attempt == 1) else lost


async def run_attempt(attempt: Attempt, publisher: Publisher) -> None:
    """Runs the attempt to its end, whatever that is."""
    claim = attempt.claim
    stream = publisher.open(claim)
    try:
        stream.seq = await _first_seq(claim)
        publisher.emit(stream, Status, status="running", attempt=claim.attempt)
        if claim.attempt > 1:
            publisher.emit(stream, Reset, attempt=claim.attempt, content="")
        answer = await _answer(attempt, stream, publisher)
        status = Generation.Status.COMPLETED if answer else Generation.Status.STOPPED
        await _finish(attempt, stream, publisher, status, answer=answer)
    except asyncio.CancelledError:
        await _end_early(attempt, stream, publisher)
    except LLMError as error:
        await _fail_or_retry(attempt, stream, publisher, error)
    except Exception:
        logger.exception("attempt failed", extra={"generation": str(claim.generation_id)})
        await _finish(attempt, stream, publisher, Generation.Status.FAILED, error="internal")
    finally:
        publisher.close(stream)


async def _answer(attempt: Attempt, stream: Stream, publisher: Publisher) -> Answer | None:
    """The answer, or None when a stop was asked for before it began."""
    job = await in_db(_load, attempt.claim)
    if job.stop_requested:
        return None
    attempt.model = job.targets[0].language_model if job.targets else ""

    def on_text(text: str) -> None:
        if attempt.first_token_at is None:
            attempt.first_token_at = time.monotonic()
        publisher.add(stream, text)

    call = partial(stream_with_fallback, job.targets, on_text=on_text, breaker=breaker, timeouts=_timeouts())
    try:
        return await call(prompt_for=job.material.prompt_for)
    except ContextTooLong:
        if attempt.first_token_at is not None:
            raise
        return await call(prompt_for=partial(job.material.prompt_for, shrink=SHRINK))


async def _end_early(attempt: Attempt, stream: Stream, publisher: Publisher) -> None:
    match attempt.ending:
        case Ending.STOP:
            await _finish(attempt, stream, publisher, Generation.Status.STOPPED)
        case Ending.FENCED:
            logger.warning("attempt fenced", extra={"generation": str(attempt.claim.generation_id)})
        case _:
            publisher.seal(stream)
            await in_db(queue.checkpoint, attempt.claim, text=stream.text, seq=stream.seq)
            await in_db(queue.release, attempt.claim)


async def _fail_or_retry(attempt: Attempt, stream: Stream, publisher: Publisher, error: LLMError) -> None:
    claim = attempt.claim
    if claim.last_attempt or not isinstance(error, Transient):
        await _finish(attempt, stream, publisher, Generation.Status.FAILED, error=error.code, detail=str(error))
        return
    wait = backoff_seconds(claim.attempt, error.retry_after)
    publisher.seal(stream)
    await in_db(queue.checkpoint, claim, text=stream.text, seq=stream.seq)
    if await in_db(queue.retry_later, claim, seconds=wait, error_code=error.code, error_message=str(error)):
        message = BUSY if isinstance(error, RateLimited) else TROUBLE
        fields = {"attempt": claim.attempt, "retry_after": max(1, round(wait)), "message": message}
        publisher.emit(stream, Status, status="retrying", **fields)


def backoff_seconds(attempt: int, retry_after: float | None) -> float:
    """Seconds until the next attempt: what the provider asks for, else exponential with jitter on the upper half."""
    if retry_after is not None:
        return min(retry_after, LONGEST_WAIT_SECONDS)
    ceiling: float = min(LONGEST_WAIT_SECONDS, FIRST_BACKOFF_SECONDS * 2**attempt)
    return ceiling * random.uniform(0.5, 1.0)  # noqa: S311 - nobody gains by guessing it


async def _finish(
    attempt: Attempt,
    stream: Stream,
    publisher: Publisher,
    status: Generation.Status,
    *,
    answer: Answer | None = None,
    error: str = "",
    detail: str = "",
) -> None:
    publisher.seal(stream)
    metadata = _metadata(attempt, stream, answer)
    if error:
        metadata["error"] = {"code": error, "message": SORRY.get(error, SORRY["internal"])}
    outcome = Outcome(
        status=status,
        content=stream.text,
        seq=stream.seq,
        tokens=metadata["completion_tokens"],
        metadata=metadata,
        error_code=error,
        error_message=detail,
    )
    if await in_db(queue.finish, attempt.claim, outcome):
        publisher.emit(stream, Done, status=status.value, metadata=metadata)
        _measure(attempt, status, metadata)


def _metadata(attempt: Attempt, stream: Stream, answer: Answer | None) -> dict[str, Any]:
    finish = answer.finish if answer else None
    counted = finish is not None and finish.completion_tokens is not None
    metadata: dict[str, Any] = {
        "model": answer.target.language_model if answer else attempt.model,
        "finish_reason": finish.reason if finish else None,
        "prompt_tokens": finish.prompt_tokens if finish else None,
        "completion_tokens": finish.completion_tokens if finish and counted else estimate_tokens(stream.text),
        "first_token_ms": attempt.since_accepted_ms(attempt.first_token_at) if attempt.first_token_at else None,
        "total_ms": attempt.since_accepted_ms(time.monotonic()),
        "attempts": attempt.claim.attempt,
    }
    if not counted:
        metadata["estimated"] = True
    return metadata


def _measure(attempt: Attempt, status: Generation.Status, metadata: dict[str, Any]) -> None:
    model = metadata["model"]
    metrics.MESSAGE_LATENCY.labels(model, status.value).observe(metadata["total_ms"] / 1000)
    metrics.TOKENS.labels(model, "prompt").inc(metadata["prompt_tokens"] or 0)
    metrics.TOKENS.labels(model, "completion").inc(metadata["completion_tokens"])
    if "error" in metadata:
        metrics.ERRORS.labels(metadata["error"]["code"]).inc()
    if metadata["first_token_ms"] is not None:
        metrics.FIRST_TOKEN.labels(model).observe(metadata["first_token_ms"] / 1000)
        if seconds := (metadata["total_ms"] - metadata["first_token_ms"]) / 1000:
            metrics.TOKENS_PER_SECOND.labels(model).observe(metadata["completion_tokens"] / seconds)
