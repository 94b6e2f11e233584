"""The fake provider as a process: its options, and its life until SIGINT or SIGTERM."""

import argparse
import asyncio
import signal
from contextlib import ExitStack

import uvloop

from chatbot.dev.fakellm.deadend import DeadEnd
from chatbot.dev.fakellm.script import Script
from chatbot.dev.fakellm.server import FakeLLM


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m chatbot.dev.fakellm` and of `manage.py fakellm`."""
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--rate", type=float, help="tokens per second of requests that order nothing else")
    parser.add_argument("--dead-port", type=int, help="a second port that accepts no connection; 0 takes a free one")


def run(*, host: str, port: int, rate: float | None, dead_port: int | None) -> None:
    """Serves until a signal. Prints the base_url once it listens, and then that of the dead port, if there is one.

    Raises OSError when a port is taken.
    """
    server = FakeLLM(host=host, port=port)
    server.default = Script(rate=rate)
    # Load runs want as many streams as one process can carry.
    with ExitStack() as stack, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        dead = stack.enter_context(DeadEnd(host=host, port=dead_port)) if dead_port is not None else None
        runner.run(_serve(server, dead))


async def _serve(server: FakeLLM, dead: DeadEnd | None) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with server:
        print(server.base_url, flush=True)
        if dead:
            print(dead.base_url, flush=True)
        await stop.wait()
