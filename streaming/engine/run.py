"""One attempt at one generation, from the claim to `done`."""

import asyncio
import logging
import random
import time
from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.db import InterfaceError, OperationalError
from redis.exceptions import RedisError

from chatbot.lib import breaker
from streaming import catalogue, log, queue
from streaming.engine.attempt import Attempt, Ending
from streaming.engine.finish import finish_attempt, start_anew
from streaming.engine.persist import persist
from streaming.engine.publisher import Publisher, Stream
from streaming.events import Status
from streaming.llm.errors import ContextTooLong, LLMError, RateLimited, Transient
from streaming.llm.fallback import Answer, stream_with_fallback
from streaming.llm.types import Target, Timeouts
from streaming.models import Generation
from streaming.prompts.builder import Material, gather
from streaming.queue import Checkpoint, Claim

logger = logging.getLogger(__name__)

# Numbers that an attempt leaves out where others may have been used: by a log that is gone, or by an engine that lost
# its lease and may still be writing. More than any answer has events.
NUMBERING_GAP = 1_000_000
# A target that counts tokens otherwise gets one more try with this part of the turns it was sent.
SHRINK = 0.5
FIRST_BACKOFF_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 60.0

BUSY = "I'm a bit busy right now. Your message has been queued."
TROUBLE = "The language model has a problem. Trying again."


@dataclass(frozen=True, slots=True)
class Job:
    """What an attempt works on."""

    targets: list[Target]
    material: Material
    checkpoint: str
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
        checkpoint=generation.checkpoint,
        stop_requested=generation.stop_requested,
    )


def _timeouts() -> Timeouts:
    return Timeouts(settings.LLM_CONNECT_TIMEOUT, settings.LLM_FIRST_TOKEN_TIMEOUT, settings.LLM_TOKEN_GAP_TIMEOUT)


async def _first_seq(claim: Claim) -> int:
    """The number after which this attempt's events begin."""
    if claim.attempt == 1:
        return 0
    try:
        newest = await log.last_seq(claim.message_id)
    except (RedisError, OSError):
        newest = 0
    if claim.lease_lost or newest < max(claim.checkpoint_seq, 1):
        # The Stream refuses what the loser of the lease still writes: its numbers stay below these.
        return max(newest, claim.checkpoint_seq) + NUMBERING_GAP
    return newest


async def run_attempt(attempt: Attempt, publisher: Publisher) -> None:
    """Runs the attempt to its end, whatever that is."""
    claim = attempt.claim
    stream = publisher.open(claim)
    try:
        stream.seq = await _first_seq(claim)
        publisher.emit(stream, Status, status="running", attempt=claim.attempt)
        answer = await _answer(attempt, stream, publisher)
        attempt.closing = True
        status = Generation.Status.COMPLETED if answer else Generation.Status.STOPPED
        await finish_attempt(attempt, stream, publisher, status, answer=answer)
    except asyncio.CancelledError:
        attempt.closing = True
        await _end_early(attempt, stream, publisher)
    except LLMError as error:
        attempt.closing = True
        await _fail_or_retry(attempt, stream, publisher, error)
    except (OperationalError, InterfaceError):
        # Nothing can be written: the lease runs out and another attempt begins.
        logger.exception("attempt lost", extra={"generation": str(claim.generation_id)})
    except Exception:
        attempt.closing = True
        logger.exception("attempt failed", extra={"generation": str(claim.generation_id)})
        await finish_attempt(attempt, stream, publisher, Generation.Status.FAILED, error="internal")
    finally:
        publisher.close(stream)


async def _answer(attempt: Attempt, stream: Stream, publisher: Publisher) -> Answer | None:
    """The answer, or None when a stop was asked for before it began."""
    job = await persist(_load, attempt.claim)
    attempt.model = job.targets[0].language_model if job.targets else ""
    attempt.carried = job.checkpoint
    if job.stop_requested:
        return None

    def on_text(text: str) -> None:
        if attempt.first_token_at is None:
            attempt.first_token_at = time.monotonic()
            start_anew(attempt, stream, publisher)
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
            await finish_attempt(attempt, stream, publisher, Generation.Status.STOPPED)
        case Ending.FENCED:
            publisher.drop(stream)
            logger.warning("attempt fenced", extra={"generation": str(attempt.claim.generation_id)})
        case _:
            await _keep_text(attempt, stream, publisher)
            await persist(queue.release, attempt.claim)


async def _keep_text(attempt: Attempt, stream: Stream, publisher: Publisher) -> None:
    publisher.flush(stream)
    text = stream.text or attempt.carried
    await persist(queue.checkpoint, [Checkpoint(attempt.claim, text=text, seq=stream.seq)])


async def _fail_or_retry(attempt: Attempt, stream: Stream, publisher: Publisher, error: LLMError) -> None:
    claim = attempt.claim
    if claim.last_attempt or not isinstance(error, Transient):
        await finish_attempt(attempt, stream, publisher, Generation.Status.FAILED, error=error.code, detail=str(error))
        return
    wait = backoff_seconds(claim.attempt, error.retry_after)
    await _keep_text(attempt, stream, publisher)
    if await persist(queue.retry_later, claim, seconds=wait, error_code=error.code, error_message=str(error)):
        message = BUSY if isinstance(error, RateLimited) else TROUBLE
        fields = {"attempt": claim.attempt, "retry_after": max(1, round(wait)), "message": message}
        publisher.emit(stream, Status, status="retrying", **fields)
    else:
        # Either fenced, and this writes nothing, or a stop was asked for, and there is nothing to wait for.
        await finish_attempt(attempt, stream, publisher, Generation.Status.STOPPED)


def backoff_seconds(attempt: int, retry_after: float | None) -> float:
    """Seconds until the next attempt: what the provider asks for, else exponential with jitter on the upper half."""
    if retry_after is not None:
        return min(retry_after, LONGEST_WAIT_SECONDS)
    ceiling: float = min(LONGEST_WAIT_SECONDS, FIRST_BACKOFF_SECONDS * 2**attempt)
    return ceiling * random.uniform(0.5, 1.0)  # noqa: S311 - nobody gains by guessing it
