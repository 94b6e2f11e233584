"""News from this layer. They are sent after the commit; higher layers listen."""

from django.dispatch import Signal

# conversation: Conversation
conversation_changed = Signal()

# user_id: UUID, conversation_id: UUID
conversation_deleted = Signal()
