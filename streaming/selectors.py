"""Reads of generations."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from chatbot.accounts.models import User
from chatbot.lib.errors import NotFound
from conversations.attachments.snapshots import attached_names
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


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent under a `client_message_id`: its text and the names of its files."""

    conversation_id: UUID
    content: str
    files: list[str]


def sent_before(*, user: User, client_message_id: UUID) -> Sent | None:
    """What the user sent under this id; None when there was nothing."""
    sent = Generation.objects.filter(user=user, client_message_id=client_message_id, conversation__deleted_at=None)
    generation = sent.select_related("prompt").first()
    if generation is None:
        return None
    return Sent(generation.conversation_id, generation.prompt.content, attached_names(generation.prompt))


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
