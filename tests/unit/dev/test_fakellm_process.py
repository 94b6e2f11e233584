"""The scripted provider as a process, what it takes over HTTP, and the address that accepts no connection."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from openai import AsyncOpenAI

from chatbot.dev.fakellm import DeadEnd, FakeLLM
from chatbot.dev.model import ROOT
from tests.unit.dev.asking import ask, stream

pytestmark = pytest.mark.asyncio

MODULE = [sys.executable, "-m", "chatbot.dev.fakellm"]
COMMAND = [sys.executable, str(ROOT / "manage.py"), "fakellm"]


@asynccontextmanager
async def process(*command: str, **options: Any) -> AsyncIterator[asyncio.StreamReader]:
    """A process whose output is read; it must end well on SIGTERM."""
    started = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, cwd=ROOT, **options)
    try:
        assert started.stdout is not None
        yield started.stdout
    finally:
        started.terminate()
    assert await started.wait() == 0


async def line(output: asyncio.StreamReader) -> str:
    return (await output.readline()).decode().strip()


@asynccontextmanager
async def control(server: FakeLLM) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=server.base_url.removesuffix("/v1")) as http:
        yield http


async def test_it_prints_its_address_and_ends_on_sigterm() -> None:
    async with process(*MODULE) as output:
        base_url = await line(output)
        async with AsyncOpenAI(base_url=base_url, api_key="any", max_retries=0) as sdk:
            assert "> Hello" in await ask(sdk, "Hello")


async def test_the_management_command_needs_no_settings_and_no_services(tmp_path: Path) -> None:
    bare = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path / "none")}
    async with process(*COMMAND, "--rate", "50", env=bare) as output:
        base_url = await line(output)
        async with AsyncOpenAI(base_url=base_url, api_key="any", max_retries=0) as sdk:
            loop = asyncio.get_running_loop()
            started = loop.time()
            tokens, _ = await stream(sdk, "Hello")
            assert loop.time() - started >= (len(tokens) - 1) / 50
    assert not (tmp_path / "none").exists()


async def test_a_second_port_of_the_process_accepts_no_connection() -> None:
    async with process(*MODULE, "--dead-port", "0") as output:
        _, dead = await line(output), await line(output)
        async with AsyncOpenAI(
            base_url=dead, api_key="any", max_retries=0, timeout=httpx2.Timeout(5, connect=0.3)
        ) as sdk:
            with pytest.raises(openai.APITimeoutError):
                await ask(sdk, "Hello")


async def test_a_dead_end_lets_nobody_connect_and_frees_its_port() -> None:
    with DeadEnd() as place:
        for _ in range(3):
            with pytest.raises(TimeoutError):
                socket.create_connection((place.host, place.port), timeout=0.2)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((place.host, place.port), timeout=5)
    with DeadEnd(port=place.port) as again:
        assert again.port == place.port


async def test_a_dead_end_on_a_taken_port_says_so(server: FakeLLM) -> None:
    with pytest.raises(OSError, match="in use"), DeadEnd(port=server.port):
        pass


async def test_a_script_put_goes_over_what_requests_order_until_it_is_lifted(
    server: FakeLLM, client: AsyncOpenAI
) -> None:
    order = "[[fake: tokens=3]]"
    async with control(server) as http:
        assert (await http.put("/script", content="cut_after=1")).status_code == 204
        assert await stream(client, order) == (["word1"], None)
        await http.put("/script", content="503")
        with pytest.raises(openai.InternalServerError):
            await ask(client, order)
        await http.put("/script", content="")
        assert await ask(client, order) == "word1 word2 word3"


async def test_a_script_that_cannot_be_understood_changes_nothing(server: FakeLLM, client: AsyncOpenAI) -> None:
    async with control(server) as http:
        response = await http.put("/script", content="503 colour=blue")
    assert (response.status_code, "colour=blue" in response.text) == (400, True)
    assert "> Hello" in await ask(client, "Hello")


async def test_what_stalls_is_counted_and_released(server: FakeLLM, client: AsyncOpenAI) -> None:
    async with control(server) as http:
        answer = asyncio.create_task(ask(client, "[[fake: hang tokens=1]]"))
        await server.until(lambda: server.stalled == 1)
        counts = {"requests": 1, "moderations": 0, "active": 1, "stalled": 1, "cancelled": 0}
        assert (await http.get("/counts")).json() == counts
        assert (await http.post("/release")).status_code == 204
        assert await answer == "word1"
