"""Ends or requeues generations that no engine holds: due retries, lost leases, stops of what was only waiting. Ends the
completions of processes that died.
"""

import logging
from typing import Any

from redis.exceptions import RedisError

from chatbot.lib import metrics
from streaming import ledger, log, queue
from streaming.events import Done, Reset, encode
from streaming.models import Generation
from streaming.prompts.tokens import estimate_tokens
from streaming.queue import Outcome
from streaming.transcript import NUMBERING_GAP, shown_by

logger = logging.getLogger(__name__)

LOST = {"code": "internal", "message": "The answer was interrupted too often. Please try again."}


def sweep() -> int:
    """Requeues what is due and ends what was lost for good; gives how many rows it touched. Safe to run anywhere,
    at any time, in any number.
    """
    touched = queue.requeue_due() + ledger.end_lost()
    for generation in queue.given_up():
        if generation.stop_requested:
            touched += end_idle(generation, Generation.Status.STOPPED)
        else:
            touched += end_idle(generation, Generation.Status.FAILED, error=LOST)
    return touched


def end_idle(generation: Generation, status: Generation.Status, *, error: dict[str, str] | None = None) -> bool:
    """Ends a generation that waits or was lost; False when it moved on meanwhile. The text so far is kept."""
    content, seq = _kept_text(generation)
    tokens = estimate_tokens(content)
    metadata: dict[str, Any] = {
        "model": generation.language_model.slug if generation.language_model else "",
        "finish_reason": None,
        "prompt_tokens": None,
        "completion_tokens": tokens,
        "first_token_ms": None,
        "total_ms": None,
        "attempts": generation.attempt,
        "estimated": True,
    }
    if error:
        metadata["error"] = error
    outcome = Outcome(
        status=status,
        content=content,
        seq=seq,
        tokens=tokens,
        metadata=metadata,
        error_code=error["code"] if error else "",
        error_message=error["message"] if error else "",
    )
    if not queue.finish_idle(generation, outcome):
        return False
    if error:
        metrics.ERRORS.labels(error["code"]).inc()
    _append_end(generation, outcome)
    return True


def _kept_text(generation: Generation) -> tuple[str, int]:
    """The text that the answer is left with, which is what readers have seen, and the number of its last event.

    An engine that lost its lease may still be writing, what one said last may still be on its way, and a log that was
    wiped knows no numbers: behind a gap none of that matters.
    """
    gap = NUMBERING_GAP if generation.attempt else 0
    try:
        entries = log.read_now(generation.message_id)
    except RedisError as error:
        logger.warning("log not read", extra={"error": str(error)})
        return generation.checkpoint, generation.checkpoint_seq + gap
    newest = entries[-1].seq if entries else 0
    shown = shown_by(entries) if newest >= generation.checkpoint_seq else None
    return generation.checkpoint if shown is None else shown, max(newest, generation.checkpoint_seq) + gap


def _append_end(generation: Generation, outcome: Outcome) -> None:
    """Settles the text, where an engine may have written more than was kept, and says that it is the end."""
    answer, name = generation.message_id, str(generation.message_id)
    reset = Reset(message_id=name, seq=outcome.seq, attempt=generation.attempt, content=outcome.content)
    done = Done(message_id=name, seq=outcome.seq + 1, status=outcome.status.value, metadata=outcome.metadata)
    try:
        if generation.attempt:
            log.append_now(answer, log.Entry(reset.seq, encode(reset)))
        log.append_now(answer, log.Entry(done.seq, encode(done)))
    except RedisError as error:
        # Followers look at the row when the log stays silent.
        logger.warning("end not logged", extra={"error": str(error)})
