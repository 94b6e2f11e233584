"""What documents the doors of conversations."""

from conversations.api.schema import conversations, files, search, sharing

__all__ = ["conversations", "files", "search", "sharing"]
