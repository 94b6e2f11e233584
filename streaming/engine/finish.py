"""The end of an attempt: its outcome in the database, `done` in the log, its figures in the metrics."""

import logging
import time
from typing import Any
from uuid import UUID

from django.db import DatabaseError, InterfaceError

from chatbot.lib import metrics
from chatbot.lib.db import in_db
from chatbot.lib.tasks import enqueue_on_commit
from streaming import queue
from streaming.engine.attempt import Attempt
from streaming.engine.carry import settle_text, start_text
from streaming.engine.publisher import Publisher, Stream
from streaming.events import Done
from streaming.llm.errors import LLMError
from streaming.llm.fallback import Answer
from streaming.models import Generation
from streaming.persist import persist
from streaming.prompts.tokens import estimate_tokens
from streaming.queue import Outcome
from streaming.suggestions import suggest

logger = logging.getLogger(__name__)

# Tokens that prompts leave out and no summary covers, from which on one is worth a call.
SUMMARISE_FROM = 200
SORRY = {
    "provider_unavailable": "The language model cannot be reached at the moment. Please try again later.",
    "provider_timeout": "The language model did not answer in time. Please try again.",
    "context_length_exceeded": "This message is too long for what the model can read. Shorten it and send it again.",
    "internal": "Something went wrong on our side. Please try again.",
}


async def finish_attempt(
    attempt: Attempt,
    stream: Stream,
    publisher: Publisher,
    status: Generation.Status,
    *,
    answer: Answer | None = None,
    error: str = "",
    cause: LLMError | None = None,
) -> None:
    """Commits how the attempt ended, then appends `done`. A fenced attempt ends silently. Raises DatabaseError."""
    error = cause.code if cause else error
    if attempt.first_token_at is None:
        keep = start_text if status == Generation.Status.COMPLETED else settle_text
        keep(attempt, stream, publisher)
    publisher.flush(stream)
    content = stream.text or attempt.carried
    metadata = _metadata(attempt, content, answer)
    if error:
        metadata["error"] = await _explain(attempt, error, cause)
    outcome = Outcome(
        status=status,
        content=content,
        seq=stream.seq,
        tokens=metadata["completion_tokens"],
        metadata=metadata,
        error_code=error,
        error_message=str(cause or "").replace("\x00", ""),
    )
    if await persist(queue.finish, attempt.claim, outcome):
        publisher.emit(stream, Done, status=status.value, metadata=metadata)
        _measure(attempt, status, metadata)
        if answer and attempt.prompt and attempt.prompt.unsummarised >= SUMMARISE_FROM:
            await in_db(_summarise_later, attempt.claim.message_id)


def _summarise_later(message_id: UUID) -> None:
    enqueue_on_commit("streaming.summarise", str(message_id))


async def _explain(attempt: Attempt, code: str, cause: LLMError | None) -> dict[str, Any]:
    explained: dict[str, Any] = {"code": code, "message": SORRY.get(code, SORRY["internal"])}
    try:
        wait = cause.retry_after if cause else None
        suggestions = await in_db(suggest, chosen=attempt.model, code=code, retry_after=wait)
    except (DatabaseError, InterfaceError) as error:
        logger.warning("no suggestions", extra={"error": str(error)})
        return explained
    return {**explained, "fallback_suggestions": suggestions} if suggestions else explained


def _metadata(attempt: Attempt, content: str, answer: Answer | None) -> dict[str, Any]:
    finish = answer.finish if answer else None
    counted = finish.completion_tokens if finish else None
    continued = attempt.prompt.prefill if attempt.prompt else ""
    metadata: dict[str, Any] = {
        "model": answer.target.language_model if answer else attempt.model,
        "finish_reason": finish.reason if finish else None,
        "prompt_tokens": finish.prompt_tokens if finish else None,
        "completion_tokens": estimate_tokens(content) if counted is None else estimate_tokens(continued) + counted,
        "first_token_ms": attempt.since_accepted_ms(attempt.first_token_at) if attempt.first_token_at else None,
        "total_ms": attempt.since_accepted_ms(time.monotonic()),
        "attempts": attempt.claim.attempt,
    }
    if continued or counted is None:
        metadata["estimated"] = True
    if attempt.prompt and attempt.prompt.notices:
        metadata["notices"] = [*attempt.prompt.notices]
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
