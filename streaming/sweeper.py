"""Ends or requeues generations that no engine holds: due retries, lost leases, stops of what was only waiting."""

import logging
from typing import Any

from redis.exceptions import RedisError

from chatbot.lib import metrics
from streaming import log, queue
from streaming.events import Done, Reset, encode
from streaming.models import Generation
from streaming.prompts.tokens import estimate_tokens
from streaming.queue import Outcome
from streaming.transcript import NUMBERING_GAP, shown_by

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
    _append_done(generation, outcome)
    return True


def _kept_text(generation: Generation) -> tuple[str, int]:
    """The text that the answer is left with, which is what readers have seen, and the number of its last event."""
    try:
        entries = log.read_now(generation.message_id)
        newest = entries[-1].seq if entries else 0
        shown = shown_by(entries) if newest >= generation.checkpoint_seq else None
        content = generation.checkpoint if shown is None else shown
        seq = max(newest, generation.checkpoint_seq)
        # An engine that lost its lease may still be writing, and a log that was wiped knows no numbers: behind this the
        # log takes nothing more from the one, and readers of the other have seen nothing yet.
        lost_lease = generation.status == Generation.Status.RUNNING or generation.engine
        if lost_lease or newest < max(generation.checkpoint_seq, min(generation.attempt, 1)):
            seq += NUMBERING_GAP
            reset = Reset(message_id=str(generation.message_id), seq=seq, attempt=generation.attempt, content=content)
            log.append_now(generation.message_id, log.Entry(seq, encode(reset)))
    except RedisError as error:
        logger.warning("log not read", extra={"error": str(error)})
        return generation.checkpoint, generation.checkpoint_seq + NUMBERING_GAP
    return content, seq


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
