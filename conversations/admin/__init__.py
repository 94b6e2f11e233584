"""Staff pages of conversations and what belongs to them."""

from conversations.admin import attachments, conversations, feedback, presets, shares, transfers

__all__ = ["attachments", "conversations", "feedback", "presets", "shares", "transfers"]
