"""What one attempt takes over from those before it: their numbers, and the text that readers have already seen."""

import asyncio
import logging
from functools import partial

from redis.exceptions import RedisError

from streaming import log
from streaming.engine.attempt import Attempt
from streaming.engine.publisher import Publisher, Stream
from streaming.events import Reset, Status, encode
from streaming.log import Entry
from streaming.queue import Claim
from streaming.transcript import NUMBERING_GAP, shown_by

logger = logging.getLogger(__name__)

# No attempt waits longer than this for the log; the checkpoint is nearly as good.
PATIENCE_SECONDS = 2.0


async def begin(attempt: Attempt, stream: Stream, publisher: Publisher) -> None:
    """Says that the attempt runs, behind all events of earlier ones, and settles the text that it goes on from: what
    those have shown, or their checkpoint where the log cannot tell or knows less. Done twice, it says so twice.
    """
    claim = attempt.claim
    running = partial(Status, status="running", attempt=claim.attempt)
    if claim.attempt == 1:
        publisher.emit(stream, running)
        attempt.begun = True
        return
    newest, shown = 0, None
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            newest = await log.last_seq(claim.message_id)
            stream.seq = _after(claim, newest)
            await _append(claim, stream.seq + 1, running)
            # From here on the log refuses what an engine without its lease still writes: it cannot change any more.
            shown = shown_by(await log.read(claim.message_id, 0))
        stream.seq += 1
    except (RedisError, OSError) as error:
        logger.warning("log not read", extra={"error": str(error)})
        stream.seq = _after(claim, newest)
        publisher.emit(stream, running)
    if stream.seq == newest + 1:
        attempt.seen = shown
    attempt.carried = claim.checkpoint if shown is None or newest < claim.checkpoint_seq else shown
    attempt.begun = True
    if attempt.carried:
        # Readers for whom the numbers jumped were given the checkpoint, which may be older.
        settle_text(attempt, stream, publisher)


def _after(claim: Claim, newest: int) -> int:
    """The number after which this attempt's events begin."""
    if claim.lease_lost or newest < max(claim.checkpoint_seq, 1):
        # The Stream refuses what the loser of the lease still writes: its numbers stay below these.
        return max(newest, claim.checkpoint_seq) + NUMBERING_GAP
    return newest


async def _append(claim: Claim, seq: int, event: partial[Status]) -> None:
    payload = encode(event(message_id=str(claim.message_id), seq=seq))
    await log.append([(claim.message_id, Entry(seq, payload))])


def start_text(attempt: Attempt, stream: Stream, publisher: Publisher) -> None:
    """Makes way for this attempt's text: readers are left with what it continues, which is nothing where it begins
    anew. Called once, as soon as there is something to show instead of the text so far.
    """
    if attempt.claim.attempt > 1:
        prefix = attempt.prompt.prefill if attempt.prompt else ""
        _replace(attempt, stream, publisher, prefix)
        stream.parts.append(prefix)
        stream.length += len(prefix)
    attempt.carried = ""


def settle_text(attempt: Attempt, stream: Stream, publisher: Publisher) -> None:
    """Shows readers the text that is kept, unless they see it already."""
    if attempt.claim.attempt > 1 and attempt.carried != attempt.seen:
        _replace(attempt, stream, publisher, attempt.carried)


def _replace(attempt: Attempt, stream: Stream, publisher: Publisher, text: str) -> None:
    publisher.emit(stream, Reset, attempt=attempt.claim.attempt, content=text)
    attempt.seen = text
