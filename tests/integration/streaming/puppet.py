"""A provider that says what it is told, one word at a time: each answer under way has strings to pull."""

import asyncio
import json
from collections import defaultdict
from types import TracebackType
from typing import Any, Self

from aiohttp import web


class Call:
    """One request. `prefill` is the text that it asks to be continued."""

    def __init__(self, response: web.StreamResponse, messages: list[dict[str, Any]]) -> None:
        self._response = response
        last = messages[-1]
        self.prefill = str(last["content"]) if last["role"] == "assistant" else ""
        self.over = asyncio.Event()

    async def say(self, text: str) -> None:
        """One chunk."""
        await self._write({"choices": [{"delta": {"content": text}}]})

    async def complete(self) -> None:
        """The end, in good order."""
        await self._write({"choices": [{"delta": {}, "finish_reason": "stop"}]})
        await self._response.write(b"data: [DONE]\n\n")
        self.over.set()

    async def _write(self, chunk: dict[str, Any]) -> None:
        await self._response.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")

    def cut(self) -> None:
        """The end without a finish_reason."""
        self.over.set()


class Puppet:
    """Use it in an `async with`. Requests are told apart by the question at the end of their prompt."""

    def __init__(self) -> None:
        self.calls: dict[str, list[Call]] = defaultdict(list)
        self._asked = asyncio.Condition()
        self._runner: web.AppRunner | None = None
        self.base_url = ""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._take)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.base_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def call(self, question: str, number: int) -> Call:
        """The request that comes as the `number`th, from 1, for the answer to `question`."""
        async with self._asked:
            await self._asked.wait_for(lambda: len(self.calls[question]) >= number)
            return self.calls[question][number - 1]

    async def _take(self, request: web.Request) -> web.StreamResponse:
        messages = (await request.json())["messages"]
        question = next(one["content"] for one in reversed(messages) if one["role"] == "user")
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        call = Call(response, messages)
        async with self._asked:
            self.calls[question].append(call)
            self._asked.notify_all()
        await call.over.wait()
        return response
