"""The queue: rows of `generations`. Claim, heartbeat, checkpoint, finish, release; each names the attempt it claimed.

All times are the database's. Every function here is one transaction; a write that changes no row means: fenced.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from redis.exceptions import RedisError

from chatbot.lib.redis import sync_redis
from chatbot.lib.tasks import enqueue_on_commit
from conversations.models import Message
from conversations.services import finish_message
from streaming.models import Generation

logger = logging.getLogger(__name__)

LEASE_SECONDS = 15
HEARTBEAT_SECONDS = 5
WAKE_CHANNEL = "engine:wake"
STOP_CHANNEL = "engine:stop"
ALIVE_KEY = "engine:alive:"
Status = Generation.Status


@dataclass(frozen=True, slots=True)
class Claim:
    """One attempt at one generation. `age_ms`: milliseconds since it was accepted, when it was claimed."""

    generation_id: UUID
    message_id: UUID
    attempt: int
    attempts_allowed: int
    checkpoint_seq: int
    age_ms: float

    @property
    def last_attempt(self) -> bool:
        """Whether no further attempt is allowed."""
        return self.attempt >= self.attempts_allowed


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a generation ended. `seq` is that of its last event before `done`."""

    status: Status
    content: str
    seq: int
    tokens: int
    metadata: dict[str, Any]
    error_code: str = ""
    error_message: str = ""


_CLAIM = """
UPDATE generations SET status = 'running', attempt = attempt + 1, engine = %s, due_at = NULL,
       lease_expires_at = now() + make_interval(secs => %s)
WHERE id IN (
    SELECT id FROM generations WHERE status = 'queued' ORDER BY created_at LIMIT %s FOR UPDATE SKIP LOCKED
)
RETURNING id, message_id, attempt, attempts_allowed, checkpoint_seq,
          extract(epoch FROM clock_timestamp() - created_at)::float8 * 1000
"""


def claim(*, engine: str, limit: int) -> list[Claim]:
    """Takes up to `limit` queued generations, the oldest first, under a lease of 15 s."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [engine, LEASE_SECONDS, limit])
        return [Claim(*row) for row in cursor.fetchall()]


_HEARTBEAT = """
UPDATE generations SET lease_expires_at = now() + make_interval(secs => %s)
FROM unnest(%s::uuid[], %s::int[]) AS held (id, attempt)
WHERE generations.id = held.id AND generations.attempt = held.attempt AND status = 'running'
RETURNING generations.id, stop_requested
"""


def heartbeat(claims: list[Claim]) -> dict[UUID, bool]:
    """Renews the leases; gives for each one that is still held whether a stop was asked for. The rest is fenced."""
    with connection.cursor() as cursor:
        cursor.execute(_HEARTBEAT, [LEASE_SECONDS, [c.generation_id for c in claims], [c.attempt for c in claims]])
        return dict(cursor.fetchall())


def _held(claim: Claim) -> QuerySet[Generation]:
    return Generation.objects.filter(pk=claim.generation_id, attempt=claim.attempt, status=Status.RUNNING)


def checkpoint(claim: Claim, *, text: str, seq: int) -> bool:
    """Keeps what was published up to `seq`; False means fenced."""
    return bool(_held(claim).update(checkpoint=text, checkpoint_seq=seq))


@transaction.atomic
def finish(claim: Claim, outcome: Outcome) -> bool:
    """Commits content, usage and state together; False means fenced, and nothing was written."""
    return _finish(_held(claim), outcome)


def _finish(rows: QuerySet[Generation], outcome: Outcome) -> bool:
    """Ends the one generation in `rows`, inside the caller's transaction."""
    generation = rows.select_for_update().only("message_id", "conversation_id").first()
    if generation is None:
        return False
    Generation.objects.filter(pk=generation.pk).update(
        status=outcome.status,
        checkpoint="",
        checkpoint_seq=outcome.seq,
        lease_expires_at=None,
        due_at=None,
        finished_at=Now(),
        error_code=outcome.error_code,
        error_message=outcome.error_message,
        metadata=outcome.metadata,
    )
    finish_message(
        message_id=generation.message_id,
        status=Message.Status(outcome.status.value),
        content=outcome.content,
        tokens=outcome.tokens,
        metadata=outcome.metadata,
    )
    if outcome.status == Status.COMPLETED:
        enqueue_on_commit("streaming.generate_title", str(generation.conversation_id))
    return True


@transaction.atomic
def finish_idle(generation: Generation, outcome: Outcome) -> bool:
    """Ends a generation that no engine holds, if it still is as the caller saw it."""
    seen = Generation.objects.filter(pk=generation.pk, attempt=generation.attempt, status=generation.status)
    return _finish(seen, outcome)


@transaction.atomic
def retry_later(claim: Claim, *, seconds: float, error_code: str, error_message: str) -> bool:
    """Hands the generation back until it is due again; False means fenced. Celery waits, the sweeper makes sure."""
    due = Now() + timedelta(seconds=seconds)
    changed = _held(claim).update(
        status=Status.RETRYING, due_at=due, lease_expires_at=None, error_code=error_code, error_message=error_message
    )
    if changed:
        enqueue_on_commit("streaming.requeue_due", countdown=seconds)
    return bool(changed)


@transaction.atomic
def release(claim: Claim) -> bool:
    """Gives the generation back at once, for another engine; this attempt does not count."""
    changed = _held(claim).update(
        status=Status.QUEUED, lease_expires_at=None, attempts_allowed=F("attempts_allowed") + 1
    )
    if changed:
        transaction.on_commit(wake)
    return bool(changed)


def requeue_due() -> int:
    """Queues what is due: retries whose time has come, and generations whose engine lost its lease. Gives how many."""
    lost = Q(status=Status.RUNNING, lease_expires_at__lt=Now(), attempt__lt=F("attempts_allowed"))
    due = Q(status=Status.RETRYING, due_at__lte=Now())
    count = Generation.objects.filter(lost | due).update(status=Status.QUEUED, lease_expires_at=None, due_at=None)
    if count:
        wake()
    return count


def lost_for_good() -> list[Generation]:
    """Generations whose last attempt lost its lease."""
    return list(
        Generation.objects.filter(status=Status.RUNNING, lease_expires_at__lt=Now(), attempt__gte=F("attempts_allowed"))
    )


def wake() -> None:
    """Rings the engines. Only a doorbell: they look by themselves every second."""
    _ring(WAKE_CHANNEL, "")


def ring_stop(message_id: UUID) -> None:
    """Tells the engine that holds the answer to look at its stop flag now rather than at its next heartbeat."""
    _ring(STOP_CHANNEL, str(message_id))


def _ring(channel: str, value: str) -> None:
    try:
        sync_redis().publish(channel, value)
    except RedisError as error:
        logger.warning("engine not rung", extra={"error": str(error)})


def engines_alive() -> int:
    """How many engines said within the last 15 s that they are there; raises RedisError."""
    return sum(1 for _ in sync_redis().scan_iter(match=f"{ALIVE_KEY}*", count=1_000))
