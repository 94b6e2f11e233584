"""The fake provider told what to do over HTTP, on its own port, by somebody who has only the running process.

`PUT /script` takes words as in a directive; what they set goes over the script of every chat request from then on,
until the next PUT (an empty one ends it). `POST /release` lets everything that is stalled go on. `GET /counts` tells
how many chat and moderation requests came, and how many answers are active, stalled, or were cancelled by clients.
"""

from typing import TYPE_CHECKING

from aiohttp import web

from chatbot.dev.fakellm.script import ScriptError, parse_script

if TYPE_CHECKING:
    from chatbot.dev.fakellm.server import FakeLLM


def routes(server: "FakeLLM") -> list[web.RouteDef]:
    """The three routes."""

    async def put_script(request: web.Request) -> web.Response:
        try:
            server.override = parse_script(await request.text())
        except ScriptError as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.Response(status=204)

    async def release(request: web.Request) -> web.Response:
        server.release()
        return web.Response(status=204)

    async def counts(request: web.Request) -> web.Response:
        return web.json_response(server.counts())

    return [web.put("/script", put_script), web.post("/release", release), web.get("/counts", counts)]
