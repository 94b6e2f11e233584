"""The fake provider's HTTP server: takes requests, finds each one's script and has it played, remembers what it saw."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from aiohttp import web

from chatbot.dev.fakellm import control
from chatbot.dev.fakellm.moderation import ModerationScript, inputs_of, parse_moderation, verdict
from chatbot.dev.fakellm.play import Play, hang_up
from chatbot.dev.fakellm.received import Received, is_authorised
from chatbot.dev.fakellm.script import Script, ScriptError, parse_directive
from chatbot.dev.fakellm.wire import BROKEN_BODY, error_body, error_response

_KEPT_REQUESTS = 10_000  # a load test must not fill the memory
_MAX_BODY_BYTES = 32 * 1024 * 1024


class FakeLLM:
    """An OpenAI-compatible server on a free port of this machine, used as `async with FakeLLM() as server`.

    A chat request's script is, in this order: the next one given to `enqueue`, the directive in its last user message,
    `default`; what `override` sets goes over each of them. A moderation request's script is in its input. Any model
    name and any key but "wrong" is taken. An assistant message at the end is continued.
    """

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0, models: Sequence[str] = ("fake-1", "fake-2")) -> None:
        self.host = host
        self.port = port
        self.models = tuple(models)
        self.default = Script()
        self.override = Script()
        self.requests: deque[Received] = deque(maxlen=_KEPT_REQUESTS)
        self.moderated: deque[list[str]] = deque(maxlen=_KEPT_REQUESTS)
        """The inputs of each moderation request."""
        self.cancelled = 0
        """Answers whose connection the client closed before their end."""
        self.active = 0
        """Answers now under way, the stalled ones included."""
        self.stalled = 0
        """Answers now waiting for `release`."""
        self._queued: deque[Script] = deque()
        self._times_asked: Counter[tuple[str, str]] = Counter()
        self._came: Counter[str] = Counter()
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
        app.add_routes(
            [
                web.get("/v1/models", self._models),
                web.post("/v1/chat/completions", self._chat),
                web.post("/v1/moderations", self._moderate),
                *control.routes(self),
            ]
        )
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
        """Play these scripts for the next chat requests, one each; their `times` is not looked at."""
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

    def counts(self) -> dict[str, int]:
        """What this server has seen so far, in numbers."""
        return {
            "requests": self._came["chat"],
            "moderations": self._came["moderation"],
            "active": self.active,
            "stalled": self.stalled,
            "cancelled": self.cancelled,
        }

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
        self._came["chat"] += 1
        self._notify()
        try:
            script = self._script_for(received.prompt)
        except ScriptError as error:
            return error_response(400, message=str(error), code="invalid_directive")
        if script.status is not None:
            return error_response(script.status, code=script.code, retry_after=script.retry_after)
        if script.context is not None and received.prompt_tokens > script.context:
            return error_response(400)
        return await self._play(Play(request, script, received.reply(script), self._stall), received.wants_stream)

    def _script_for(self, prompt: str) -> Script:
        asked = self._count("chat", prompt)
        if self._queued:
            return self.override.over(self._queued.popleft())
        script = self.override.over(parse_directive(prompt) or self.default)
        return script.without_faults() if script.times is not None and asked > script.times else script

    async def _play(self, play: Play, wants_stream: bool) -> web.StreamResponse:
        self.active += 1
        self._notify()
        try:
            if play.script.hang:
                await self._stall()
            return await (play.stream() if wants_stream else play.whole())
        except (asyncio.CancelledError, ConnectionError):
            if not self._closing:
                self.cancelled += 1
            raise
        finally:
            self.active -= 1
            self._notify()

    async def _moderate(self, request: web.Request) -> web.StreamResponse:
        if not is_authorised(request.headers):
            return error_response(401)
        try:
            body = await request.json()
            inputs = inputs_of(body)
        except ValueError as error:
            return error_response(400, message=str(error), code="invalid_body")
        self.moderated.append(inputs)
        self._came["moderation"] += 1
        self._notify()
        try:
            scripts = [self._moderation_script_for(text) for text in inputs]
        except ScriptError as error:
            return error_response(400, message=str(error), code="invalid_directive")
        fault = next((script for script in scripts if script.is_faulty), scripts[0])
        if fault.status is not None:
            return error_response(fault.status, code=fault.code, retry_after=fault.retry_after)
        if fault.hang:
            await self._stall()
        if fault.disconnect:
            hang_up(request)
        if fault.garbage:
            return web.Response(text=BROKEN_BODY, content_type="application/json")
        if fault.error:
            return web.json_response(error_body(500, code=fault.code))
        return web.json_response(verdict(str(body.get("model", "omni-moderation-latest")), scripts))

    def _moderation_script_for(self, text: str) -> ModerationScript:
        asked, script = self._count("moderation", text), parse_moderation(text)
        return script.without_faults() if script.times is not None and asked > script.times else script

    def _count(self, kind: str, text: str) -> int:
        self._times_asked[kind, text] += 1
        return self._times_asked[kind, text]

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
