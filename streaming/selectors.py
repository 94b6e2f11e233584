"""Reads of generations."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from chatbot.accounts.models import User
from chatbot.lib.errors import NotFound
from streaming.models import Generation


@dataclass(frozen=True, slots=True)
class AnswerState:
    """What the row knows of an answer. `seq` is that of the last event that `content` includes."""

    status: str
    attempt: int
    content: str
    seq: int
    metadata: dict[str, Any]

    @property
    def ended(self) -> bool:
        """Whether the answer is terminal: its `done` has the number `seq + 1`."""
        return self.status not in Generation.ACTIVE


NEW = AnswerState(status=Generation.Status.QUEUED, attempt=0, content="", seq=0, metadata={})


def get_generation(*, user: User, message_id: UUID) -> Generation:
    """The generation behind the user's answer; raises NotFound."""
    generation = (
        Generation.objects.select_related("language_model", "message")
        .filter(message_id=message_id, user=user, conversation__deleted_at=None)
        .first()
    )
    if generation is None:
        raise NotFound("There is no such answer.")
    return generation


# In plain SQL: whoever follows an answer waits for it.
_STATE = """
SELECT g.status, g.attempt, g.checkpoint, m.content, g.checkpoint_seq, g.metadata
FROM generations g JOIN messages m ON m.id = g.message_id
     JOIN conversations c ON c.id = g.conversation_id AND c.deleted_at IS NULL
WHERE g.message_id = %(message)s AND m.id = %(message)s AND g.user_id = %(user)s
"""


def answer_state(*, user: User, message_id: UUID) -> AnswerState:
    """The row's view of the user's answer; raises NotFound."""
    with connection.cursor() as cursor:
        cursor.execute(_STATE, {"message": message_id, "user": user.id})
        row = cursor.fetchone()
    if row is None:
        raise NotFound("There is no such answer.")
    status, attempt, checkpoint, content, seq, metadata = row
    ended = status not in Generation.ACTIVE
    return AnswerState(status, attempt, content if ended else checkpoint, seq, json.loads(metadata))
