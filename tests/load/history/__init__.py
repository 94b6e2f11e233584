"""The bench of history: reads of many messages."""
