"""One attempt at one generation, from the claim to `done`."""

import asyncio
import logging
import random
import time
from dataclasses import dataclass

from django.conf import settings
from django.db import InterfaceError, OperationalError

from chatbot.lib import breaker
from streaming import catalogue, queue
from streaming.engine.attempt import Attempt, Ending
from streaming.engine.carry import begin, start_text
from streaming.engine.finish import finish_attempt
from streaming.engine.publisher import Publisher, Stream
from streaming.events import Status
from streaming.llm.errors import LLMError, RateLimited, Resting, Transient
from streaming.llm.fallback import Answer, stream_with_fallback
from streaming.llm.types import Prompt, Target
from streaming.models import Generation
from streaming.persist import persist
from streaming.prompts.builder import Material, gather
from streaming.queue import Checkpoint, Claim

logger = logging.getLogger(__name__)

# A target that counts tokens otherwise gets one more try with this part of the turns it was sent.
SHRINK = 0.5
FIRST_BACKOFF_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 60.0
# So long after it was asked for, an answer that only met resting targets fails.
REST_PATIENCE_MS = 300_000

BUSY = "I'm a bit busy right now. Your message has been queued."
TROUBLE = "The language model has a problem. Trying again."


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
    targets = catalogue.targets_for(generation.language_model, temperature=temperature)
    return Job(
        targets=targets,
        material=gather(
            conversation=generation.conversation,
            prompt=generation.prompt,
            default_system=settings.DEFAULT_SYSTEM_PROMPT,
            targets=targets,
        ),
        stop_requested=generation.stop_requested,
    )


async def run_attempt(attempt: Attempt, publisher: Publisher) -> None:
    """Runs the attempt to its end, whatever that is."""
    claim = attempt.claim
    stream = publisher.open(claim)
    try:
        await begin(attempt, stream, publisher)
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
        await _know_text(attempt, stream, publisher)
        await finish_attempt(attempt, stream, publisher, Generation.Status.FAILED, error="internal")
    finally:
        publisher.close(stream)


async def _answer(attempt: Attempt, stream: Stream, publisher: Publisher) -> Answer | None:
    """The answer, or None when a stop was asked for before it began."""
    job = await persist(_load, attempt.claim)
    attempt.model = job.targets[0].language_model if job.targets else ""
    if job.stop_requested:
        return None

    def on_text(text: str) -> None:
        if attempt.first_token_at is None:
            attempt.first_token_at = time.monotonic()
            start_text(attempt, stream, publisher)
        publisher.add(stream, text)

    def prompt_for(target: Target, *, shorter: bool = False) -> Prompt:
        shrink = SHRINK if shorter else 1.0
        attempt.prompt = job.material.prompt_for(target, carried=attempt.carried, shrink=shrink)
        return attempt.prompt

    return await stream_with_fallback(
        job.targets,
        prompt_for,
        on_text,
        breaker=breaker,
        timeouts=catalogue.time_limits(),
        on_failure=catalogue.count_failure,
    )


async def _end_early(attempt: Attempt, stream: Stream, publisher: Publisher) -> None:
    match attempt.ending:
        case Ending.STOP:
            await _know_text(attempt, stream, publisher)
            await finish_attempt(attempt, stream, publisher, Generation.Status.STOPPED)
        case Ending.FENCED:
            publisher.drop(stream)
            logger.warning("attempt fenced", extra={"generation": str(attempt.claim.generation_id)})
        case _:
            if attempt.begun:
                await _keep_text(attempt, stream, publisher)
            await persist(queue.release, attempt.claim)


async def _know_text(attempt: Attempt, stream: Stream, publisher: Publisher) -> None:
    """Whoever ends an attempt before it knew what earlier ones have shown finds it out first: that text stays."""
    if not attempt.begun:
        await begin(attempt, stream, publisher)


async def _keep_text(attempt: Attempt, stream: Stream, publisher: Publisher) -> None:
    publisher.flush(stream)
    text = stream.text or attempt.carried
    await persist(queue.checkpoint, [Checkpoint(attempt.claim, text=text, seq=stream.seq)])


async def _fail_or_retry(attempt: Attempt, stream: Stream, publisher: Publisher, error: LLMError) -> None:
    claim = attempt.claim
    # Nobody was asked: that is no attempt, but it is not waited for without end either.
    spared = isinstance(error, Resting) and claim.age_ms < REST_PATIENCE_MS
    if (claim.last_attempt and not spared) or not isinstance(error, Transient):
        await finish_attempt(attempt, stream, publisher, Generation.Status.FAILED, cause=error)
        return
    wait = backoff_seconds(claim.attempt, error.retry_after)
    if spared:
        wait += random.random()  # noqa: S311 - so that not all come back at once
    await _keep_text(attempt, stream, publisher)
    told = {"error_code": error.code, "error_message": str(error)}
    if await persist(queue.retry_later, claim, seconds=wait, spared=spared, **told):
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
