"""News from this layer, for higher layers. They are sent after the commit, unless they say otherwise."""

from django.dispatch import Signal

# conversation: Conversation
conversation_changed = Signal()

# user_id: UUID, conversation_id: UUID, answers: list[UUID] that were being written
conversation_deleted = Signal()

# staff: User, user_id: UUID, conversation_id: UUID, messages: int; in the transaction of the deletion
conversation_deleted_by_staff = Signal()

# Something that must stay on record happened: who listens writes it down in the same transaction, in which it is sent.
# action: str, such as "share.created"; actor: User; target: Model; details: dict, without anybody's words
noteworthy = Signal()
