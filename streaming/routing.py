"""WebSocket routes."""

from typing import Any

from django.urls import path, re_path

from streaming.consumers import ChatConsumer


async def refuse(scope: Any, receive: Any, send: Any) -> None:
    """There is no socket at this path."""
    await receive()
    await send({"type": "websocket.close"})


websocket_urlpatterns = [path("ws/chat/", ChatConsumer.as_asgi()), re_path("", refuse)]  # type: ignore[arg-type]
