"""Daphne, the default server, with what it leaves out: close reasons, backpressure and a drain."""

import asyncio
from typing import Any

from daphne import http_protocol
from daphne.endpoints import build_endpoint_description_strings
from daphne.server import Server
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from django.conf import settings
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from chatbot.server import limits
from chatbot.server.closing import Closing, nothing_to_close
from chatbot.server.daphne_request import BoundedRequest

POLICY_VIOLATION = 1008
# Frames of one socket that may wait for the application.
MAX_WAITING_FRAMES = 200


@implementer(IPushProducer)
class Valve:
    """Tells when the peer of one connection takes data.

    Twisted closes it while more than 64 KiB are unsent, and opens it when all is sent. A valve that stays closed ends
    the connection.
    """

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._slow: asyncio.TimerHandle | None = None
        self.opened = asyncio.Event()
        self.opened.set()

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's name
        """The peer is slow."""
        if self.opened.is_set():
            self.opened.clear()
            self._slow = asyncio.get_running_loop().call_later(limits.SLOW_SECONDS, self._transport.abortConnection)

    def resumeProducing(self) -> None:  # noqa: N802
        """The peer has taken everything."""
        self.opened.set()
        if self._slow is not None:
            self._slow.cancel()
            self._slow = None

    def stopProducing(self) -> None:  # noqa: N802
        """The peer is gone: nobody waits for it any longer."""
        self.resumeProducing()


class SocketProtocol(WebSocketProtocol):  # type: ignore[misc]
    """A WebSocket."""

    valve: Valve | None = None

    def onOpen(self) -> None:  # noqa: N802 - autobahn's name
        """Watches how the peer takes its frames, in place of the HTTP channel that the socket began on."""
        self.valve = Valve(self.transport)
        self.transport.unregisterProducer()
        self.transport.registerProducer(self.valve, True)
        super().onOpen()

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: N802, N803
        """Hands a frame on, and ends a peer that sends faster than its frames can be worked through."""
        if self.application_queue.qsize() >= MAX_WAITING_FRAMES:
            self.sendCloseFrame(code=POLICY_VIOLATION, reasonUtf8=b"Too many frames")
            self.muted = True
            return
        super().onMessage(payload, isBinary)

    def handle_reply(self, message: dict[str, Any]) -> None:
        """Closes with code and reason, and hands everything else on."""
        if message.get("type") == "websocket.close" and self.state != self.STATE_CONNECTING:
            # `sendClose` refuses the codes that RFC 6455 keeps for servers and proxies, 1008 among them.
            reason = str(message.get("reason") or "")
            self.sendCloseFrame(code=message.get("code") or 1000, reasonUtf8=reason.encode())
        else:
            super().handle_reply(message)


class DrainingServer(Server):  # type: ignore[misc]
    """A server whose `send` waits for slow peers, and that drains before it ends."""

    def __init__(self, closing: Closing, **options: Any) -> None:
        super().__init__(**options)
        self._closing = closing
        self._ports: list[Any] = []

    def run(self) -> None:
        """Serves until a signal."""
        WebSocketFactory.protocol = SocketProtocol
        http_protocol.WebRequest = BoundedRequest
        super().run()

    def listen_success(self, port: Any) -> None:
        """Keeps the port, to close it first."""
        self._ports.append(port)
        super().listen_success(port)

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        """Sends, and returns when the peer can take more."""
        if message["type"] == "http.response.body":
            self._watch_body(protocol, more=message.get("more_body", False))
        await super().handle_reply(protocol, message)
        valve = getattr(protocol, "valve", None)
        if valve is not None and not valve.opened.is_set():
            await valve.opened.wait()

    def _watch_body(self, request: Any, *, more: bool) -> None:
        """Gives a valve to an answer that comes in several parts, and takes it away before the last one."""
        if request.finished or request.channel is None:
            return
        if more and request.producer is None:
            request.valve = Valve(request.transport)
            request.registerProducer(request.valve, True)
        elif not more and request.producer is not None:
            request.unregisterProducer()

    def protocol_disconnected(self, protocol: Any) -> None:
        """Lets go whoever waits for the peer."""
        if valve := getattr(protocol, "valve", None):
            valve.stopProducing()
        super().protocol_disconnected(protocol)

    def kill_all_applications(self) -> Any:
        """Called by the reactor before it ends."""
        return Deferred.fromFuture(asyncio.ensure_future(self._drain()))

    async def _drain(self) -> None:
        for port in self._ports:
            port.stopListening()
        for protocol in list(self.connections):
            if isinstance(protocol, SocketProtocol) and protocol.state == protocol.STATE_OPEN:
                protocol.sendCloseFrame(code=limits.SERVICE_RESTART, reasonUtf8=b"Service restart")
        running = self._running()
        if running:
            _, late = await asyncio.wait(running, timeout=limits.DRAIN_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._closing()

    def _running(self) -> list[asyncio.Future[None]]:
        instances = [details.get("application_instance") for details in self.connections.values()]
        return [instance for instance in instances if instance is not None and not instance.done()]


def serve(application: Any, closing: Closing = nothing_to_close) -> None:
    """Serves until a signal; then sockets are closed with 1012, requests may end, and `closing` is called."""
    DrainingServer(
        closing,
        application=application,
        endpoints=build_endpoint_description_strings(host=settings.HOST, port=settings.PORT),
        # Past this Daphne drops the connection without a word; the consumer closes with 1009 well before.
        websocket_max_message_size=16 * settings.MAX_FRAME_BYTES,
        ping_interval=limits.PING_SECONDS,
        ping_timeout=limits.PING_SECONDS,
        server_name="",
        verbosity=0,
    ).run()
