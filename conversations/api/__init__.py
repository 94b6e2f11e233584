"""The REST doors of conversations."""
