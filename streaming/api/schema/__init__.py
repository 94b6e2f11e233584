"""What documents the doors that write answers or tell about them."""

from streaming.api.schema import answers, chat, limits

__all__ = ["answers", "chat", "limits"]
