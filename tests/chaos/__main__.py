"""`make chaos`: runs every kind of fault many times in several houses and prints a table; fails when anything is found.

`--kinds engine_kill --seed 17 --runs 1` makes the choices of one run again.
"""

import argparse
import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

from chatbot.dev.child import tethered
from tests.chaos.kinds import KINDS
from tests.chaos.lane import Result
from tests.chaos.programs import ROOT
from tests.chaos.table import table

Job = tuple[str, int]
# A result holds all sentences of a run on one line.
LINE_BYTES = 16 << 20


async def work(jobs: "asyncio.Queue[Job]", results: list[Result], options: Sequence[str]) -> None:
    """One lane after the other, each a process of its own, so that its clients get a fair share of the machine."""
    while not jobs.empty():
        command = tethered([sys.executable, "-m", "tests.chaos.lane", *options])
        lane = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, cwd=ROOT, limit=LINE_BYTES)
        assert lane.stdin is not None
        assert lane.stdout is not None
        try:
            await _feed(lane.stdin, lane.stdout, jobs, results)
        finally:
            # Its input's end tells the lane to clear up.
            lane.stdin.close()
            await lane.wait()


async def _feed(
    lane: asyncio.StreamWriter, answers: asyncio.StreamReader, jobs: "asyncio.Queue[Job]", results: list[Result]
) -> None:
    """Hands out jobs until there are none, or until the lane broke."""
    while not jobs.empty():
        kind, seed = jobs.get_nowait()
        lane.write(json.dumps({"kind": kind, "seed": seed}).encode() + b"\n")
        line = await answers.readline()
        result = Result(**json.loads(line)) if line else Result(kind, seed, 0.0, error="the lane broke")
        results.append(result)
        tell(result, len(results))
        if not line:
            return


def say(text: str) -> None:
    """A line for whoever watches."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def tell(result: Result, number: int) -> None:
    """A line for every run, and what was found in it."""
    state = "ok" if result.sound else "FAILED"
    crashes = f"; {', '.join(result.crashes)}" if result.crashes else ""
    times = f"{result.seconds:.1f} s, recovery {result.recovery:.1f} s"
    say(f"{number:5} {result.kind} seed {result.seed}: {state}, {times}{crashes}")
    for name, sentences in (result.found or {}).items():
        for sentence in sentences:
            say(f"      {name}: {sentence}")
    if result.error:
        say(f"      error: {result.error}")


async def suite(jobs: Sequence[Job], lanes: int, options: Sequence[str]) -> list[Result]:
    """Runs all jobs; `options` are those of a lane."""
    queue: asyncio.Queue[Job] = asyncio.Queue()
    for job in jobs:
        queue.put_nowait(job)
    results: list[Result] = []
    await asyncio.gather(*(work(queue, results, options) for _ in range(min(lanes, len(jobs)))))
    return results


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kinds", default="all", help=f"all, or some of: {', '.join(KINDS)}")
    parser.add_argument("--runs", type=int, default=100, help="runs of each kind")
    parser.add_argument("--seed", type=int, default=1, help="seed of the first run; the next has the next one")
    parser.add_argument("--lanes", type=int, default=4, help="houses at the same time")
    parser.add_argument("--keep-all", action="store_true", help="keep the records of sound runs, too")
    options = parser.parse_args()
    kinds = list(KINDS) if options.kinds == "all" else options.kinds.split(",")
    if unknown := set(kinds) - set(KINDS):
        parser.error(f"unknown kinds: {', '.join(sorted(unknown))}")
    keep = Path(os.environ.get("VAR_DIR", ROOT / "var")) / "chaos"
    jobs = [(kind, seed) for seed in range(options.seed, options.seed + options.runs) for kind in kinds]
    began = monotonic()
    results = asyncio.run(suite(jobs, options.lanes, [str(keep), *(["all"] if options.keep_all else [])]))
    results.sort(key=lambda result: (kinds.index(result.kind), result.seed))
    say(f"\n{table(results)}\n\n{len(results)} runs in {(monotonic() - began) / 60:.1f} minutes")
    failed = [result for result in results if not result.sound]
    if failed:
        say(f"{len(failed)} runs failed; their records are in {keep}. Once more: make chaos RUNS=1 SEED=… KINDS=…")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
