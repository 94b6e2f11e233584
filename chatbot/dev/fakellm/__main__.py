"""`python -m chatbot.dev.fakellm`: the fake provider as a process, until SIGINT or SIGTERM."""

import argparse
import asyncio
import signal

import uvloop

from chatbot.dev.fakellm.script import Script
from chatbot.dev.fakellm.server import FakeLLM


async def serve(server: FakeLLM) -> None:
    """Print the base_url once the server listens, then serve until a signal asks to stop."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with server:
        print(server.base_url, flush=True)
        await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m chatbot.dev.fakellm", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--rate", type=float, help="tokens per second of requests that order nothing else")
    options = parser.parse_args()
    server = FakeLLM(host=options.host, port=options.port)
    server.default = Script(rate=options.rate)
    # Bench and load runs want as many streams as one process can carry.
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(server))


if __name__ == "__main__":
    main()
