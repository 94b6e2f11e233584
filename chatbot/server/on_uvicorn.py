"""uvicorn, the faster server. Its `send` waits for slow peers; here they also lose their connection in the end."""

import asyncio
from socket import socket
from typing import Any

import uvicorn
from django.conf import settings
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from chatbot.server import limits
from chatbot.server.closing import Closing, nothing_to_close


class _EndsSlowPeers(asyncio.Protocol):
    """Mixed into a protocol: aborts the connection when its write buffer stays full."""

    transport: asyncio.Transport
    _slow: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        """The buffer is full."""
        super().pause_writing()
        if self._slow is None:
            self._slow = asyncio.get_running_loop().call_later(limits.SLOW_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """The buffer is nearly empty."""
        super().resume_writing()
        self._forget()

    def connection_lost(self, exc: Exception | None) -> None:
        """The peer is gone."""
        self._forget()
        super().connection_lost(exc)

    def _forget(self) -> None:
        if self._slow is not None:
            self._slow.cancel()
            self._slow = None


class Requests(_EndsSlowPeers, HttpToolsProtocol):
    """HTTP."""


class Sockets(_EndsSlowPeers, WebSocketsSansIOProtocol):
    """WebSockets."""


class DrainingServer(uvicorn.Server):
    """A server that calls `closing` when its requests have had their time."""

    def __init__(self, config: uvicorn.Config, closing: Closing) -> None:
        super().__init__(config)
        self._closing = closing

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Ends sockets and requests, then all else."""
        await super().shutdown(sockets)
        await self._closing()


def serve(application: Any, closing: Closing = nothing_to_close) -> None:
    """Serves until a signal; then sockets are closed with 1012, requests may end, and `closing` is called."""
    config = uvicorn.Config(
        application,
        host=settings.HOST,
        port=settings.PORT,
        loop="uvloop",
        http=Requests,
        ws=Sockets,
        ws_max_size=settings.MAX_FRAME_BYTES,
        ws_ping_interval=limits.PING_SECONDS,
        ws_ping_timeout=limits.PING_SECONDS,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=limits.DRAIN_SECONDS,
    )
    DrainingServer(config, closing).run()
