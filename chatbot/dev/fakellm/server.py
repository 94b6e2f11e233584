"""The fake provider's HTTP server: takes chat requests, finds each one's script and plays it, remembers what it saw."""

import asyncio
import json
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self

from aiohttp import web

from chatbot.dev.fakellm.received import Received, is_authorised
from chatbot.dev.fakellm.script import Script, ScriptError, parse_directive
from chatbot.dev.fakellm.wire import BROKEN_LINE, Reply, error_response

_KEPT_REQUESTS = 10_000  # a load test must not fill the memory
_MAX_BODY_BYTES = 32 * 1024 * 1024


class FakeLLM:
    """An OpenAI-compatible server on a free port of this machine, used as `async with FakeLLM() as server`.

    A request's script is, in this order: the next one given to `enqueue`, the directive in its last user message,
    `default`. Any model name and any key but "wrong" is taken. An assistant message at the end is continued.
    """

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0, models: Sequence[str] = ("fake-1", "fake-2")) -> None:
        self.host = host
        self.port = port
        self.models = tuple(models)
        self.default = Script()
        self.requests: deque[Received] = deque(maxlen=_KEPT_REQUESTS)
        self.cancelled = 0
        """Answers whose connection the client closed before their end."""
        self.active = 0
        """Answers now under way, the stalled ones included."""
        self.stalled = 0
        """Answers now waiting for `release`."""
        self._queued: deque[Script] = deque()
        self._times_asked: Counter[str] = Counter()
        self._released = asyncio.Event()
        self._changed = asyncio.Event()
        self._closing = False
        self._runner: web.AppRunner | None = None

    @property
    def base_url(self) -> str:
        """What an OpenAI client takes as its base_url."""
        return f"http://{self.host}:{self.port}/v1"

    async def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        app = web.Application(client_max_size=_MAX_BODY_BYTES)
        app.add_routes([web.get("/v1/models", self._models), web.post("/v1/chat/completions", self._chat)])
        # handler_cancellation: a stalled answer must notice that its client has gone.
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        self._runner = runner
        await web.TCPSite(runner, self.host, self.port, backlog=1024).start()
        self.port = runner.addresses[0][1]

    async def close(self) -> None:
        """Release what is stalled, give open answers a moment to end, stop listening."""
        self._closing = True
        self.release()
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    def enqueue(self, *scripts: Script) -> None:
        """Play these scripts for the next requests, one each; their `times` is not looked at."""
        self._queued.extend(scripts)

    def release(self) -> None:
        """Let everything that is stalled now go on."""
        self._released.set()
        self._released = asyncio.Event()

    async def until(self, condition: Callable[[], bool], within: float = 10) -> None:
        """Return when `condition` holds, looking whenever this server's counts change.

        Raises TimeoutError after `within` seconds.
        """
        async with asyncio.timeout(within):
            while not condition():
                await self._changed.wait()

    async def _models(self, request: web.Request) -> web.Response:
        if not is_authorised(request.headers):
            return error_response(401)
        data = [{"id": name, "object": "model", "created": 0, "owned_by": "fake"} for name in self.models]
        return web.json_response({"object": "list", "data": data})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        if not is_authorised(headers):
            return error_response(401)
        try:
            received = Received(headers, await request.json())
        except ValueError:
            return error_response(400, message="A JSON body with a list of messages is needed.", code="invalid_body")
        self.requests.append(received)
        self._notify()
        try:
            script = self._script_for(received.prompt)
        except ScriptError as error:
            return error_response(400, message=str(error), code="invalid_directive")
        if script.status is not None:
            return error_response(script.status, code=script.code, retry_after=script.retry_after)
        if script.context is not None and received.prompt_tokens > script.context:
            return error_response(400)
        return await self._play(request, received, script)

    def _script_for(self, prompt: str) -> Script:
        self._times_asked[prompt] += 1
        if self._queued:
            return self._queued.popleft()
        script = parse_directive(prompt) or self.default
        if script.times is not None and self._times_asked[prompt] > script.times:
            return script.without_faults()
        return script

    async def _play(self, request: web.Request, received: Received, script: Script) -> web.StreamResponse:
        reply = received.reply(script)
        self.active += 1
        self._notify()
        try:
            if script.hang:
                await self._stall()
            if received.wants_stream:
                return await self._stream(request, script, reply)
            return await self._whole(request, script, reply)
        except (asyncio.CancelledError, ConnectionError):
            if not self._closing:
                self.cancelled += 1
            raise
        finally:
            self.active -= 1
            self._notify()

    async def _whole(self, request: web.Request, script: Script, reply: Reply) -> web.Response:
        if script.stall or script.stall_after is not None:
            await self._stall()
        if script.rate:
            await asyncio.sleep(len(reply.tokens) / script.rate)
        if script.disconnect_after is not None:
            _hang_up(request)
        if script.malformed_after is not None:
            return web.Response(text='{"choices": [', content_type="application/json")
        if script.cut_after is not None:
            reply = replace(reply, tokens=reply.tokens[: script.cut_after], finish_reason=None)
        return web.json_response(reply.whole())

    async def _stream(self, request: web.Request, script: Script, reply: Reply) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        await response.prepare(request)
        if script.stall:
            await self._stall()
        await response.write(reply.opening())
        before, after = reply.frame()
        pace = _Pace(script.rate)
        for sent, token in enumerate([*reply.tokens, None]):
            if sent == script.stall_after:
                await self._stall()
                pace = _Pace(script.rate)
            if sent == script.disconnect_after:
                _hang_up(request)
                return response
            if sent == script.cut_after:
                return response
            if token is None:
                break
            await pace.next()
            line = BROKEN_LINE if sent == script.malformed_after else before + json.dumps(token).encode() + after
            await response.write(line)
        await response.write(reply.closing())
        return response

    async def _stall(self) -> None:
        self.stalled += 1
        self._notify()
        try:
            if not self._closing:
                await self._released.wait()
        finally:
            self.stalled -= 1
            self._notify()

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


class _Pace:
    """The even gaps between tokens, kept against the clock so that late wake-ups do not add up."""

    def __init__(self, rate: float | None) -> None:
        self._gap = 1 / rate if rate else 0.0
        self._due = asyncio.get_running_loop().time()

    async def next(self) -> None:
        """Wait for the next token's time; without a rate one turn of the loop, which notices a client that has gone."""
        self._due += self._gap
        await asyncio.sleep(max(0.0, self._due - asyncio.get_running_loop().time()) if self._gap else 0)


def _hang_up(request: web.Request) -> None:
    """Close the connection once what was written is sent; the body stays without its end."""
    if request.transport is not None:
        request.transport.close()
