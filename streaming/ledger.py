"""The rows of completions: what is under way, what it cost, how it ended. In plain SQL: every call waits for it.

A row that runs has a lease, as a generation has: a process that died gives back what it held when that ends.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from streaming.models import Completion

LEASE_SECONDS = 60
BEAT_SECONDS = 15

_OPEN = """
INSERT INTO completions (id, user_id, language_model_id, status, prompt_tokens, completion_tokens, estimated,
                         error_code, created_at, expires_at)
SELECT %(id)s, %(user)s, %(model)s, 'running', %(prompt_tokens)s, 0, true, '', clock_timestamp(),
       clock_timestamp() + %(lease)s * interval '1 second'
WHERE (SELECT count(*) FROM generations WHERE user_id = %(user)s AND status IN ('queued', 'running', 'retrying'))
    + (SELECT count(*) FROM completions
       WHERE user_id = %(user)s AND status = 'running' AND expires_at > clock_timestamp()) < %(allowed)s
"""
_BEAT = """
UPDATE completions SET prompt_tokens = %(prompt_tokens)s, completion_tokens = %(completion_tokens)s,
    expires_at = clock_timestamp() + %(lease)s * interval '1 second'
WHERE id = %(id)s AND status = 'running'
"""
_SETTLE = """
UPDATE completions SET status = %(status)s, prompt_tokens = %(prompt_tokens)s, error_code = %(error_code)s,
    completion_tokens = %(completion_tokens)s, estimated = %(estimated)s, finished_at = clock_timestamp()
WHERE id = %(id)s
"""
_END_LOST = """
UPDATE completions SET status = 'failed', error_code = 'internal', finished_at = clock_timestamp()
WHERE status = 'running' AND expires_at <= clock_timestamp()
"""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a call has read and written; `estimated` where the provider did not tell."""

    prompt: int
    completion: int
    estimated: bool


def _run(sql: str, values: dict[str, Any] | None = None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        changed: int = cursor.rowcount
        return changed


def open_completion(
    *, completion_id: UUID, user_id: UUID, language_model_id: int, prompt_tokens: int, allowed: int
) -> bool:
    """Opens a row; False when `allowed` answers of the user are being written already.

    The caller holds the lock of the user's row, which makes that limit exact. `prompt_tokens` is a guess that stands
    until it is known better.
    """
    values = {"id": completion_id, "user": user_id, "model": language_model_id, "prompt_tokens": prompt_tokens}
    return _run(_OPEN, {**values, "allowed": allowed, "lease": LEASE_SECONDS}) == 1


def beat(completion_id: UUID, tokens: Tokens) -> None:
    """Renews the lease and keeps what was used so far."""
    counts = {"prompt_tokens": tokens.prompt, "completion_tokens": tokens.completion}
    _run(_BEAT, {"id": completion_id, "lease": LEASE_SECONDS, **counts})


def settle(completion_id: UUID, status: Completion.Status, tokens: Tokens, *, error_code: str = "") -> None:
    """Ends a row. Doing it twice is harmless."""
    counts = {"prompt_tokens": tokens.prompt, "completion_tokens": tokens.completion, "estimated": tokens.estimated}
    _run(_SETTLE, {"id": completion_id, "status": status.value, "error_code": error_code, **counts})


def end_lost() -> int:
    """Ends the rows of processes that died, with what they last told; gives how many there were."""
    return _run(_END_LOST)
