"""The REST doors of moderation."""
