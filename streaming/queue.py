"""The queue: rows of `generations`. Claim, heartbeat, checkpoint, finish, release; each names the attempt it claimed.

All times are the database's. Every function here is one transaction; a write that changes no row means: fenced.
"""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from chatbot.lib.tasks import enqueue_on_commit
from conversations.models import Message
from conversations.services import finish_message
from streaming import bell
from streaming.models import Generation

LEASE_SECONDS = 15
HEARTBEAT_SECONDS = 5
# The number of a conversation's first answer.
FIRST_ANSWER = 2
Status = Generation.Status


@dataclass(frozen=True, slots=True)
class Claim:
    """One attempt at one generation.

    `checkpoint` is what earlier attempts kept, up to `checkpoint_seq`. `age_ms`: milliseconds that it had been waiting
    when it was claimed. `lease_lost`: the attempt before lost its lease and may still be running somewhere.
    """

    generation_id: UUID
    message_id: UUID
    attempt: int
    attempts_allowed: int
    checkpoint: str
    checkpoint_seq: int
    age_ms: float
    lease_lost: bool = False

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
FROM (
    SELECT id, engine FROM generations WHERE status = 'queued' ORDER BY queued_at, id LIMIT %s FOR UPDATE SKIP LOCKED
) AS waiting
WHERE generations.id = waiting.id
RETURNING generations.id, message_id, attempt, attempts_allowed, checkpoint, checkpoint_seq,
          extract(epoch FROM clock_timestamp() - queued_at)::float8 * 1000, waiting.engine <> ''
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


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What an attempt has published: `text` up to the event `seq`."""

    claim: Claim
    text: str
    seq: int


_CHECKPOINT = """
UPDATE generations SET checkpoint = published.text, checkpoint_seq = published.seq
FROM unnest(%s::uuid[], %s::int[], %s::text[], %s::bigint[]) AS published (id, attempt, text, seq)
WHERE generations.id = published.id AND generations.attempt = published.attempt AND status = 'running'
  AND checkpoint_seq <= published.seq
"""


def checkpoint(checkpoints: list[Checkpoint]) -> int:
    """Keeps what attempts have published, all in one statement; gives how many still hold their row."""
    with connection.cursor() as cursor:
        columns = zip(*((c.claim.generation_id, c.claim.attempt, c.text, c.seq) for c in checkpoints), strict=True)
        cursor.execute(_CHECKPOINT, [list(column) for column in columns])
        held: int = cursor.rowcount
        return held


def finish(claim: Claim, outcome: Outcome) -> bool:
    """Commits content, usage and state together; False means fenced, and nothing was written.

    Done twice, because the answer to the first commit was lost, it says True again.
    """
    return _finish(claim.generation_id, claim.attempt, Status.RUNNING, outcome) or (
        Generation.objects.filter(pk=claim.generation_id, attempt=claim.attempt, status=outcome.status).exists()
    )


_LOCK_CONVERSATION = """
SELECT g.message_id, g.conversation_id FROM conversations c JOIN generations g ON g.conversation_id = c.id
WHERE g.id = %s AND g.attempt = %s AND g.status = %s FOR NO KEY UPDATE OF c
"""
_END = """
UPDATE generations SET status = %s, checkpoint_seq = %s, error_code = %s, error_message = %s, metadata = %s,
       engine = '', checkpoint = '', lease_expires_at = NULL, due_at = NULL, finished_at = now()
WHERE id = %s AND attempt = %s AND status = %s
"""


@transaction.atomic
def _finish(generation_id: UUID, attempt: int, status: str, outcome: Outcome) -> bool:
    """Ends a generation that is still in this state. Locks the conversation first, like everybody who needs both."""
    state: list[Any] = [generation_id, attempt, status]
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_CONVERSATION, state)
        if (row := cursor.fetchone()) is None:
            return False
        message_id, conversation_id = row
        end: list[Any] = [outcome.status.value, outcome.seq, outcome.error_code, outcome.error_message]
        cursor.execute(_END, [*end, json.dumps(outcome.metadata), *state])
        if not cursor.rowcount:
            return False
    number = finish_message(
        message_id=message_id,
        status=Message.Status(outcome.status.value),
        content=outcome.content,
        tokens=outcome.tokens,
        metadata=outcome.metadata,
    )
    if outcome.status == Status.COMPLETED and number == FIRST_ANSWER:
        enqueue_on_commit("streaming.generate_title", str(conversation_id))
    return True


def finish_idle(generation: Generation, outcome: Outcome) -> bool:
    """Ends a generation that no engine holds, if it still is as the caller saw it."""
    return _finish(generation.pk, generation.attempt, generation.status, outcome)


@transaction.atomic
def retry_later(claim: Claim, *, seconds: float, error_code: str, error_message: str, spared: bool = False) -> bool:
    """Hands the generation back until it is due again. Celery waits, and the sweeper makes sure. `spared`: this attempt
    does not count.

    False means fenced, or that a stop was asked for.
    """
    changed = (
        _held(claim)
        .filter(stop_requested=False)
        .update(
            status=Status.RETRYING,
            engine="",
            due_at=Now() + timedelta(seconds=seconds),
            lease_expires_at=None,
            error_code=error_code,
            error_message=error_message,
            attempts_allowed=F("attempts_allowed") + int(spared),
        )
    )
    if changed:
        enqueue_on_commit("streaming.sweep", countdown=seconds)
    return bool(changed)


@transaction.atomic
def release(claim: Claim) -> bool:
    """Gives the generation back at once, for another engine; this attempt does not count."""
    changed = _held(claim).update(
        status=Status.QUEUED, engine="", lease_expires_at=None, attempts_allowed=F("attempts_allowed") + 1
    )
    if changed:
        transaction.on_commit(bell.wake)
    return bool(changed)


def _lost() -> Q:
    return Q(status=Status.RUNNING, lease_expires_at__lt=Now())


def requeue_due() -> int:
    """Queues what is due: retries whose time has come, and generations whose engine lost its lease. Gives how many."""
    due = Q(status=Status.RETRYING, due_at__lte=Now()) | _lost() & Q(attempt__lt=F("attempts_allowed"))
    waiting = Generation.objects.filter(due, stop_requested=False)
    count = waiting.update(status=Status.QUEUED, lease_expires_at=None, due_at=None)
    if count:
        bell.wake()
    return count


def given_up() -> QuerySet[Generation]:
    """Generations without an engine that nobody may begin again: lost too often, or to be stopped."""
    stopped = Q(stop_requested=True) & (Q(status__in=(Status.QUEUED, Status.RETRYING)) | _lost())
    lost_for_good = _lost() & Q(attempt__gte=F("attempts_allowed"))
    return Generation.objects.filter(stopped | lost_for_good).select_related("language_model")
