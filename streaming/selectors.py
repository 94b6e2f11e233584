"""Reads of generations."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

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


def get_generation(*, user: User, message_id: UUID) -> Generation:
    """The generation behind the user's answer; raises NotFound."""
    generation = (
        Generation.objects.select_related("language_model", "message").filter(message_id=message_id, user=user).first()
    )
    if generation is None:
        raise NotFound("There is no such answer.")
    return generation


def answer_state(*, user: User, message_id: UUID) -> AnswerState:
    """The row's view of the user's answer; raises NotFound."""
    generation = get_generation(user=user, message_id=message_id)
    ended = generation.status not in Generation.ACTIVE
    return AnswerState(
        status=generation.status,
        attempt=generation.attempt,
        content=generation.message.content if ended else generation.checkpoint,
        seq=generation.checkpoint_seq,
        metadata=generation.metadata,
    )
