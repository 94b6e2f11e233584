"""The send in plain SQL: every user waits for these statements, and the ORM would take five to ten times as long.

All of them run inside the transaction of `submit_message`.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from chatbot.lib.ids import id_range
from conversations.models import Message
from streaming.models import ATTEMPTS

_LOCK = """
SELECT u.is_active AND u.can_use_chat, t.concurrent_generations
FROM accounts_user u JOIN accounts_tier t ON t.id = u.tier_id
WHERE u.id = %s FOR NO KEY UPDATE OF u
"""
_EARLIER = "SELECT id, body_hash FROM generations WHERE user_id = %(user)s AND client_message_id = %(client_message)s"
# The last message is looked for in its owner's range of ids, which is one partition.
_SITUATION = """
WITH active AS (
    SELECT conversation_id FROM generations WHERE user_id = %(user)s AND status IN ('queued', 'running', 'retrying')
)
SELECT (SELECT count(*) FROM active)
           + (SELECT count(*) FROM completions
              WHERE user_id = %(user)s AND status = 'running' AND expires_at > clock_timestamp()),
       EXISTS (SELECT 1 FROM active WHERE conversation_id = %(conversation)s),
       (SELECT id FROM messages WHERE conversation_id = %(conversation)s AND current
          AND id BETWEEN %(first)s AND %(last)s
        ORDER BY sequence_number DESC LIMIT 1),
       (SELECT m.id FROM streaming_languagemodel m JOIN streaming_provider p ON p.id = m.provider_id
        WHERE m.enabled AND p.enabled AND (wanted.slug IS NULL OR m.slug = wanted.slug)
        ORDER BY m.is_default DESC, m.name LIMIT 1)
FROM (SELECT coalesce(%(model)s, (SELECT model_config ->> 'model' FROM conversations WHERE id = %(conversation)s)))
     AS wanted (slug)
"""
_QUEUE = """
INSERT INTO generations (
    id, user_id, conversation_id, prompt_id, message_id, client_message_id, body_hash, language_model_id, status,
    attempt, attempts_allowed, stop_requested, engine, checkpoint, checkpoint_seq, error_code, error_message, metadata,
    created_at, queued_at
) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 'queued', 0, %s, false, '', '', 0, '', '', '{}', %s, %s)
"""


def _row(sql: str, values: Any) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row


def lock_sender(user_id: UUID) -> int | None:
    """Locks the user's row and gives how many answers may be written for them at a time; None when they may not send.

    One send at a time makes that limit exact and a race of one id harmless. A socket may have known the user for hours,
    so the right is asked for again.
    """
    may_send, concurrent = _row(_LOCK, [user_id]) or (False, 0)
    return concurrent if may_send else None


def earlier_send(*, user_id: UUID, client_message_id: UUID) -> tuple[UUID, str] | None:
    """The generation that was queued under this id, and the hash of the body that came with it."""
    row = _row(_EARLIER, {"user": user_id, "client_message": client_message_id})
    return (row[0], row[1]) if row else None


@dataclass(frozen=True, slots=True)
class Situation:
    """What a send meets: how many answers of the user have not ended, whether one of them is in the conversation, the
    last message that the conversation shows, and the model that will answer (None: there is no such model).
    """

    active: int
    conversation_busy: bool
    last_message_id: UUID | None
    language_model_id: int | None


def situation_of(*, user_id: UUID, conversation_id: UUID | None, model: str | None) -> Situation:
    """The situation of a send, to be read under the user's lock. Without `model` the conversation's own is meant, and
    without one of its own the default.
    """
    first, last = id_range(user_id)
    values = {"user": user_id, "conversation": conversation_id, "model": model, "first": first, "last": last}
    return Situation(*(_row(_SITUATION, values) or (0, False, None, None)))


def queue_generation(
    *,
    generation_id: UUID,
    prompt: Message,
    answer: Message,
    client_message_id: UUID,
    body_hash: str,
    language_model_id: int,
) -> None:
    """The row that is queue and outbox."""
    values: list[Any] = [
        generation_id,
        answer.user_id,
        answer.conversation_id,
        prompt.pk,
        answer.pk,
        client_message_id,
        body_hash,
    ]
    with connection.cursor() as cursor:
        cursor.execute(_QUEUE, [*values, language_model_id, ATTEMPTS, answer.created_at, answer.created_at])
