"""What documents the doors of conversations."""

from conversations.api.schema import conversations, files, presets, search, sharing

__all__ = ["conversations", "files", "presets", "search", "sharing"]
