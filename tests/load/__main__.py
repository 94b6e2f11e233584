"""`make bench-stream`: what a streamed token costs, on Daphne and on uvicorn, beside a plain SDK consumer.

From the environment: LEVELS (numbers of streams), SERVERS, SECONDS (of each steady window), N_IDLE, PROOFS (of idle
sockets: `key,token,session,ticket`), and PARTS of `baseline,levels,fast,burst,stops,idle`. Exits with 1 when a stream
was not complete; budgets are told, not enforced: the machine has its share in them. The column `others` tells what else
the machine did meanwhile; where that is much, delays are not ours, and the levels go on to the last one instead of
ending at a gap that is too long.
"""

import os
import resource
import signal
import sys
from time import monotonic

from chatbot.dev.child import StartFailed
from tests.load import budgets, table
from tests.load.bench import RATE, Bench
from tests.load.budgets import Figures
from tests.load.orders import StreamsResult
from tests.load.stage import Stage, stage

LEVELS = [int(level) for level in os.environ.get("LEVELS", "40,150,300,450,600").split(",")]
SERVERS = os.environ.get("SERVERS", "daphne,uvicorn").split(",")
SECONDS = float(os.environ.get("SECONDS", "6"))
N_IDLE = int(os.environ.get("N_IDLE", "2000"))
PROOFS = os.environ.get("PROOFS", "key,token,session,ticket").split(",")
PARTS = os.environ.get("PARTS", "baseline,levels,fast,burst,stops,idle").split(",")

BASELINE_STREAMS = 100
FAST_RATE, FAST_STREAMS = 60.0, 100
BURST_STREAMS, BURST_SECONDS = 100, 1.0
STOPPED_STREAMS, STOPS = 150, 100
DISTURBED_CORES = 0.25
WARM_UP_STREAMS, WARM_UP_SECONDS = 20, 0.5


class Run:
    """One run over all servers."""

    def __init__(self, on: Stage) -> None:
        self._stage = on
        self._bench = Bench(on, seconds=SECONDS, most_streams=max(*LEVELS, BURST_STREAMS, STOPPED_STREAMS))
        self._baseline: float | None = None
        self.incomplete = 0

    def baseline(self) -> None:
        """The plain SDK consumer."""
        self._baseline = self._bench.baseline(BASELINE_STREAMS)
        say(f"a plain AsyncOpenAI consumer of {BASELINE_STREAMS} streams: {self._baseline:.0f} µs/token")

    def server(self, name: str) -> None:
        """Everything about one server."""
        say(f"\n{name}\n{table.head()}")
        figures = Figures()
        self._stage.serve(name)
        self._bench.streams(WARM_UP_STREAMS, seconds=WARM_UP_SECONDS)
        if "levels" in PARTS:
            self._levels(figures)
        if "fast" in PARTS:
            figures.fast = self._tell(self._bench.streams(FAST_STREAMS, rate=FAST_RATE), f"{FAST_RATE:.0f} tokens/s")
        if "burst" in PARTS:
            pace = BURST_STREAMS / BURST_SECONDS
            self._tell(self._bench.streams(BURST_STREAMS, sends_per_second=pace), f"sent in {BURST_SECONDS:.0f} s")
        if "stops" in PARTS:
            figures.stops = self._bench.stops(STOPPED_STREAMS, STOPS)
            say(table.stops_row(figures.stops, STOPPED_STREAMS))
        for proof in PROOFS if "idle" in PARTS else ():
            # In a process that never held more: memory that was once used is not given back.
            self._stage.serve(name)
            figures.idle = self._bench.idle(N_IDLE, proof)
            say(table.idle_row(figures.idle))
        for line in budgets.lines(figures, self._baseline):
            say(line)

    def _levels(self, figures: Figures) -> None:
        for level in LEVELS:
            figures.levels.append(self._tell(self._bench.streams(level), f"{RATE:.0f} tokens/s"))
            if figures.levels[-1].gap.p99 > table.GAP_LIMIT_MS and table.others(figures.levels[-1]) < DISTURBED_CORES:
                break
        if any(table.others(level) >= DISTURBED_CORES for level in figures.levels):
            say("the machine was busy with something else: delays are not ours, and late wake-ups make tokens cheaper")

    def _tell(self, result: StreamsResult, what: str) -> StreamsResult:
        self.incomplete += result.streams - result.complete
        say(table.row(result, what))
        return result


def say(text: str) -> None:
    """Prints a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> None:
    began = monotonic()
    # The stage is cleared away after this signal too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        with stage() as on:
            run = Run(on)
            if "baseline" in PARTS:
                run.baseline()
            for server in SERVERS:
                run.server(server)
    except StartFailed as error:
        sys.exit(str(error))
    say(f"\n{monotonic() - began:.0f} s")
    if run.incomplete:
        sys.exit(f"{run.incomplete} streams were not complete.")


if __name__ == "__main__":
    main()
