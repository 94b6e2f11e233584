"""`make bench-stream`: what a streamed token costs, on Daphne and on uvicorn, beside a plain SDK consumer.

From the environment: LEVELS (numbers of streams), SERVERS, SECONDS (of each steady window), N_IDLE.
"""

import os
import resource
import signal
import subprocess
import sys
from time import monotonic

import msgspec

from chatbot.dev.child import StartFailed, tethered
from chatbot.dev.model import ROOT
from tests.load import people, table
from tests.load.baseline import BaselineResult
from tests.load.orders import IdleResult, Order, StreamsResult
from tests.load.stage import Stage, stage

LEVELS = [int(level) for level in os.environ.get("LEVELS", "40,150,300,450,600").split(",")]
SERVERS = os.environ.get("SERVERS", "daphne,uvicorn").split(",")
SECONDS = float(os.environ.get("SECONDS", "6"))
N_IDLE = int(os.environ.get("N_IDLE", "2000"))
STREAMS_PER_USER = 3
FAST_RATE, FAST_STREAMS = 60.0, 100
BURST = 100
BASELINE_STREAMS = 100
RATE = 20.0


def say(text: str = "") -> None:
    """Prints a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


class Bench:
    """The measurements on one stage."""

    def __init__(self, on: Stage, keys: list[str]) -> None:
        self._stage = on
        self._keys = keys

    def streams(self, count: int, *, rate: float = RATE, sends_per_second: float = 25.0) -> StreamsResult:
        """One level."""
        order = self._order(streams=count, rate=rate, sends_per_second=sends_per_second)
        return msgspec.json.decode(run("generator", [], msgspec.json.encode(order)), type=StreamsResult)

    def idle(self, count: int) -> IdleResult:
        """Sockets that say nothing."""
        return msgspec.json.decode(
            run("generator", [], msgspec.json.encode(self._order(idle=count, seconds=1.0))), type=IdleResult
        )

    def baseline(self, count: int) -> float:
        """Microseconds of a plain SDK consumer for one token."""
        arguments = [str(self._stage.ports["provider"]), str(count), str(RATE), str(SECONDS)]
        result = msgspec.json.decode(run("baseline", arguments, b""), type=BaselineResult)
        return 1e6 * result.cpu / result.tokens

    def _order(
        self,
        *,
        streams: int = 0,
        idle: int = 0,
        rate: float = RATE,
        sends_per_second: float = 25.0,
        seconds: float = SECONDS,
    ) -> Order:
        return Order(
            port=self._stage.ports["web"],
            provider_port=self._stage.ports["provider"],
            keys=self._keys,
            pids=self._stage.pids,
            streams=streams,
            idle=idle,
            rate=rate,
            seconds=seconds,
            sends_per_second=sends_per_second,
        )


def run(module: str, arguments: list[str], order: bytes) -> bytes:
    """Runs one process of the bench; raises StartFailed with what it said when it fails."""
    command = tethered([sys.executable, "-m", f"tests.load.{module}", *arguments])
    done = subprocess.run(command, input=order, capture_output=True, cwd=ROOT, check=False)
    if done.returncode:
        raise StartFailed(f"{module} failed:\n{done.stderr.decode()}")
    return done.stdout


def measure(server: str, on: Stage, bench: Bench) -> None:
    """Everything about one server."""
    say(f"\n{server}, {RATE:.0f} tokens/s per stream\n{table.head()}")
    on.serve(server)
    results: list[StreamsResult] = []
    for level in LEVELS:
        results.append(bench.streams(level))
        say(table.row(results[-1]))
        if results[-1].gap.p99 > table.GAP_LIMIT_MS:
            break
    say(
        f"live streams per core: {table.streams_per_core(results):.0f}; "
        f"p99 gap under {table.GAP_LIMIT_MS:.0f} ms up to {table.smooth_streams(results)} streams"
    )
    say(f"{FAST_RATE:.0f} tokens/s per stream")
    say(table.row(bench.streams(FAST_STREAMS, rate=FAST_RATE)))
    say(f"{BURST} sends within one second")
    say(table.row(bench.streams(BURST, sends_per_second=BURST)))
    on.serve(server)
    say(table.idle_row(bench.idle(N_IDLE)))


def main() -> None:
    began = monotonic()
    # The stage is cleared away after this signal too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        with stage() as on:
            keys = people.make_keys(max(LEVELS) // STREAMS_PER_USER + 1, on.environment)
            bench = Bench(on, keys)
            say(
                f"baseline, a plain AsyncOpenAI consumer of {BASELINE_STREAMS} streams: "
                f"{bench.baseline(BASELINE_STREAMS):.0f} µs/token"
            )
            for server in SERVERS:
                measure(server, on, bench)
    except StartFailed as error:
        sys.exit(str(error))
    say(f"\n{monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
