"""Plays one script: writes the answer to a chat request, at its pace and with its faults."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from aiohttp import web

from chatbot.dev.fakellm.script import Script
from chatbot.dev.fakellm.wire import BROKEN_BODY, BROKEN_LINE, Reply, error_body, line


@dataclass(frozen=True, slots=True)
class Play:
    """One request under way. `stall` returns when the provider is told to go on."""

    request: web.Request
    script: Script
    reply: Reply
    stall: Callable[[], Awaitable[None]]

    async def whole(self) -> web.Response:
        """The answer in one piece."""
        script, reply = self.script, self.reply
        if script.stall or script.stall_after is not None:
            await self.stall()
        if script.rate:
            await asyncio.sleep((len(reply.thoughts) + len(reply.tokens)) / script.rate)
        if script.disconnect_after is not None:
            hang_up(self.request)
        if script.malformed_after is not None:
            return web.Response(text=BROKEN_BODY, content_type="application/json")
        if script.error_after is not None:
            return web.json_response(error_body(500, code=script.code))
        if script.cut_after is not None:
            reply = replace(reply, tokens=reply.tokens[: script.cut_after], finish_reason=None)
        return web.json_response(reply.whole(usage=not script.no_usage))

    async def stream(self) -> web.StreamResponse:
        """The answer token by token."""
        script, reply = self.script, self.reply
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        await response.prepare(self.request)
        if script.stall:
            await self.stall()
        write = _writer(response, script)
        await write(reply.opening())
        pace = _Pace(script)
        for thought in reply.thoughts:
            await pace.next()
            await write(reply.thought(thought))
        if await self._write_tokens(write, pace):
            await write(reply.closing(usage=not script.no_usage, done=not script.no_done))
        return response

    async def _write_tokens(self, write: Callable[[bytes], Awaitable[None]], pace: "_Pace") -> bool:
        """Gives whether the stream came to its proper end."""
        script = self.script
        chunk_of = self.reply.token_writer()
        for sent, token in enumerate([*self.reply.tokens, None]):
            if sent == script.stall_after:
                await self.stall()
                pace.begin()
            if sent == script.disconnect_after:
                hang_up(self.request)
                return False
            if sent == script.cut_after:
                return False
            if sent == script.error_after:
                await write(line(error_body(500, code=script.code)))
                return False
            if token is None:
                break
            await pace.next()
            await write(BROKEN_LINE if sent == script.malformed_after else chunk_of(token))
        return True


class _Pace:
    """The even gaps between bunches of tokens, kept against the clock so that late wake-ups do not add up."""

    def __init__(self, script: Script) -> None:
        self._burst = script.burst
        self._gap = script.burst / script.rate if script.rate else 0.0
        self._clock = asyncio.get_running_loop().time
        self.begin()

    def begin(self) -> None:
        """The first gap begins now."""
        self._due = self._clock()
        self._left = 0

    async def next(self) -> None:
        """Waits for the next token's time; without a rate one turn of the loop, which notices a client that left."""
        if self._left:
            self._left -= 1
            return
        self._left = self._burst - 1
        self._due += self._gap
        await asyncio.sleep(max(0.0, self._due - self._clock()) if self._gap else 0)


def _writer(response: web.StreamResponse, script: Script) -> Callable[[bytes], Awaitable[None]]:
    """How lines go out: as they are, or with other line ends and in pieces."""
    if not script.crlf and not script.split:
        return response.write

    async def write(data: bytes) -> None:
        if script.crlf:
            data = data.replace(b"\n", b"\r\n")
        size = script.split or len(data)
        for at in range(0, len(data), size):
            await response.write(data[at : at + size])
            # Each piece leaves by itself.
            await asyncio.sleep(0)

    return write


def hang_up(request: web.Request) -> None:
    """Closes the connection once what was written is sent; the body stays without its end."""
    if request.transport is not None:
        request.transport.close()
