"""The messages that prompts are made of, read from the hot window in Redis and, beyond it, from the database."""

from typing import Any
from uuid import UUID

import msgspec

from conversations.attachments.snapshots import KEY
from conversations.models import Conversation, Message
from conversations.selectors import messages_in
from conversations.tree import ancestors
from moderation.neutralise import neutralise
from streaming.llm.types import ChatMessage, Target
from streaming.prompts import hot_window
from streaming.prompts.tokens import TOKENS_PER_MESSAGE, estimate_message

# Messages read for one prompt: more than any window here holds at a useful length.
HISTORY_LENGTH = 200
# Up to here one query reads everything about as fast as Redis would give it.
SHORT_CONVERSATION = 20
ANSWERED = {Message.Status.COMPLETED.value, Message.Status.STOPPED.value}
_FIELDS = ("id", "parent_id", "sequence_number", "role", "status", "content", "tokens", "metadata")


class AttachedFile(msgspec.Struct, frozen=True):
    """A file that came with a message: what the message remembers of it. Its content is read when it is needed."""

    id: UUID
    name: str
    kind: str
    deleted: bool = False


class Turn(msgspec.Struct, frozen=True):
    """A message as prompts need it. `content` has no control tokens any more.

    `tokens` is an estimate with the message's frame and without its files. `counted` is what the provider said for the
    model `counted_by`.
    """

    id: UUID
    parent_id: UUID | None
    number: int
    role: str
    status: str
    content: str
    tokens: int
    counted: int | None = None
    counted_by: str = ""
    attachments: tuple[AttachedFile, ...] = ()

    @property
    def words(self) -> str:
        """What was said, and the names of the files that came with it."""
        if not self.attachments:
            return self.content
        return neutralise(f"{self.content} [attached: {', '.join(file.name for file in self.attachments)}]".lstrip())

    def tokens_for(self, target: Target) -> int:
        """Tokens that `target` reads: its own count where there is one, which may include hidden reasoning."""
        if self.counted is None or self.counted_by != target.language_model:
            return self.tokens
        return min(self.tokens, self.counted + TOKENS_PER_MESSAGE)

    def as_message(self) -> ChatMessage:
        """The turn in a prompt, without files."""
        return ChatMessage(role=self.role, content=self.content)


_turns = msgspec.msgpack.Decoder(list[Turn])


def read_branch(conversation: Conversation, prompt: Message) -> list[Turn]:
    """The messages that lead to `prompt`, itself included, oldest first, as far back as prompts look.

    `conversation` must be read before: the version it carries decides whether the hot window is still right.
    """
    branch = branch_to(prompt.pk, _newest(conversation, prompt.sequence_number))
    missing = HISTORY_LENGTH - len(branch)
    if branch and branch[0].parent_id is not None and missing > 0:
        return [*_above(conversation, branch[0].parent_id, missing), *branch]
    return branch


def _above(conversation: Conversation, message_id: UUID, limit: int) -> list[Turn]:
    """A branch that lies below many messages of others: the message and those that lead to it."""
    rows = messages_in(conversation).filter(pk__in=ancestors(message_id, owner_id=conversation.user_id, limit=limit))
    return [_turn(*row) for row in rows.order_by("sequence_number").values_list(*_FIELDS)]


def branch_to(message_id: UUID, candidates: list[Turn]) -> list[Turn]:
    """The turns from the root to the message, along the parents, as far back as `candidates` reach."""
    by_id = {turn.id: turn for turn in candidates}
    branch: list[Turn] = []
    current = by_id.get(message_id)
    while current is not None:
        branch.append(current)
        current = by_id.get(current.parent_id) if current.parent_id else None
    return branch[::-1]


def read_between(conversation: Conversation, after: int, upto: int, limit: int) -> list[Turn]:
    """The newest `limit` messages numbered above `after` and up to `upto`, of all branches, oldest first."""
    rows = messages_in(conversation).filter(sequence_number__gt=after, sequence_number__lte=upto)
    return [_turn(*row) for row in rows.order_by("-sequence_number").values_list(*_FIELDS)[:limit]][::-1]


def _newest(conversation: Conversation, upto: int) -> list[Turn]:
    """The newest messages of all branches up to the number `upto`, at most HISTORY_LENGTH."""
    if upto <= SHORT_CONVERSATION:
        return read_between(conversation, 0, upto, HISTORY_LENGTH)
    stored = hot_window.load(conversation)
    cached = _turns.decode(stored) if stored else []
    if cached and cached[-1].number >= upto:
        turns = [turn for turn in cached if turn.number <= upto]
        # A window that is not full begins with the first message.
        if len(cached) < HISTORY_LENGTH or len(turns) == HISTORY_LENGTH:
            return turns
        return read_between(conversation, 0, upto, HISTORY_LENGTH)
    last = cached[-1].number if cached else 0
    turns = [*cached, *read_between(conversation, last, upto, HISTORY_LENGTH)][-HISTORY_LENGTH:]
    if all(turn.status != Message.Status.PENDING for turn in turns):
        hot_window.save(conversation, msgspec.msgpack.encode(turns))
    return turns


def _turn(
    message_id: UUID,
    parent_id: UUID | None,
    number: int,
    role: str,
    status: str,
    content: str,
    tokens: int,
    metadata: dict[str, Any],
) -> Turn:
    harmless = neutralise(content)
    exact = role == Message.Role.ASSISTANT and tokens > 0 and harmless == content and not metadata.get("estimated")
    return Turn(
        message_id,
        parent_id,
        number,
        role,
        status,
        harmless,
        estimate_message(harmless),
        tokens if exact else None,
        str(metadata.get("model", "")) if exact else "",
        _attachments(metadata),
    )


def _attachments(metadata: dict[str, Any]) -> tuple[AttachedFile, ...]:
    if KEY not in metadata:
        return ()
    try:
        return msgspec.convert(metadata[KEY], tuple[AttachedFile, ...])
    except msgspec.ValidationError:  # an import may have brought anything
        return ()
