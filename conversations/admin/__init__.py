"""Staff pages of conversations and what belongs to them."""

from conversations.admin import conversations, feedback

__all__ = ["conversations", "feedback"]
