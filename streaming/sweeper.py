"""Ends or requeues generations that no engine holds: due retries, lost leases, stops of what was only waiting."""

import logging
from typing import Any

from redis.exceptions import RedisError

from chatbot.lib import metrics
from streaming import log, queue
from streaming.events import Done, encode
from streaming.models import Generation
from streaming.prompts.tokens import estimate_tokens
from streaming.queue import Outcome

logger = logging.getLogger(__name__)

# Tries to find a free number for `done` while a last event of an engine may still be on its way.
NUMBERING_TRIES = 5
LOST = {"code": "internal", "message": "The answer was interrupted too often. Please try again."}


def sweep() -> int:
    """Requeues what is due and ends what was lost for good; gives how many rows it touched. Safe to run anywhere,
    at any time, in any number.
    """
    touched = queue.requeue_due()
    for generation in queue.given_up():
        if generation.stop_requested:
            touched += end_idle(generation, Generation.Status.STOPPED)
        else:
            touched += end_idle(generation, Generation.Status.FAILED, error=LOST)
    return touched


def end_idle(generation: Generation, status: Generation.Status, *, error: dict[str, str] | None = None) -> bool:
    """Ends a generation that waits or was lost; False when it moved on meanwhile. The text so far is kept."""
    metadata: dict[str, Any] = {
        "model": generation.language_model.slug if generation.language_model else "",
        "finish_reason": None,
        "prompt_tokens": None,
        "completion_tokens": estimate_tokens(generation.checkpoint),
        "first_token_ms": None,
        "total_ms": None,
        "attempts": generation.attempt,
        "estimated": True,
    }
    if error:
        metadata["error"] = error
    outcome = Outcome(
        status=status,
        content=generation.checkpoint,
        seq=_last_seq(generation),
        tokens=estimate_tokens(generation.checkpoint),
        metadata=metadata,
        error_code=error["code"] if error else "",
        error_message=error["message"] if error else "",
    )
    if not queue.finish_idle(generation, outcome):
        return False
    if error:
        metrics.ERRORS.labels(error["code"]).inc()
    _append_done(generation, outcome)
    return True


def _last_seq(generation: Generation) -> int:
    try:
        return max(generation.checkpoint_seq, log.last_seq_now(generation.message_id))
    except RedisError:
        return generation.checkpoint_seq


def _append_done(generation: Generation, outcome: Outcome) -> None:
    seq = outcome.seq
    try:
        for _ in range(NUMBERING_TRIES):
            seq += 1
            done = Done(
                message_id=str(generation.message_id), seq=seq, status=outcome.status.value, metadata=outcome.metadata
            )
            if log.append_now(generation.message_id, log.Entry(seq, encode(done))):
                return
            seq = max(seq, log.last_seq_now(generation.message_id))
    except RedisError as error:
        # Followers look at the row when the log stays silent.
        logger.warning("done not logged", extra={"error": str(error)})
