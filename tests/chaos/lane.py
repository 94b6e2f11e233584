"""`python -m tests.chaos.lane`: one house, kept between runs. Takes a job a line on stdin, gives a result a line."""

import asyncio
import json
import shutil
import sys
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic

from chatbot.dev.child import StartFailed
from tests.chaos.house import House
from tests.chaos.kinds import KINDS
from tests.chaos.run import Run, run_once
from tests.integration.dev.folders import reachable_folder


@dataclass
class Result:
    """One run as the table counts it. `found` holds the sentences; `error` says why there is no verdict."""

    kind: str
    seed: int
    seconds: float
    messages: int = 0
    failed_visibly: int = 0
    recovery: float = 0.0
    found: dict[str, list[str]] | None = None
    crashes: list[str] | None = None
    error: str = ""

    @property
    def sound(self) -> bool:
        """Whether nothing is to be complained of."""
        return not self.error and not any((self.found or {}).values())


class Lane:
    """Runs jobs one after the other. What failed is kept in the folder `keep`; then the next job gets
    a new house.
    """

    def __init__(self, keep: Path, *, keep_all: bool = False) -> None:
        self._keep = keep
        self._keep_all = keep_all
        self._house: House | None = None
        self._stack = ExitStack()

    async def run(self, kind: str, seed: int) -> Result:
        """One job."""
        began = monotonic()
        try:
            house = await self._open()
            run = await run_once(house, KINDS[kind], seed)
            result = _result(run)
            if not result.sound or self._keep_all:
                self._save(house, run)
        except (StartFailed, OSError, ExceptionGroup) as error:
            result = Result(kind, seed, monotonic() - began, error=f"{type(error).__name__}: {error}")
            if self._house is not None:
                self._save_logs(self._house, f"{kind}-{seed}")
        if not result.sound:
            await self.close()
        return result

    async def _open(self) -> House:
        if self._house is None:
            folder = self._stack.enter_context(reachable_folder("chatbot-chaos-"))
            self._house = House(folder)
            await self._house.start()
        return self._house

    async def close(self) -> None:
        """Ends the house."""
        if self._house is not None:
            await self._house.stop()
            self._house = None
        self._stack.close()

    def _save(self, house: House, run: Run) -> None:
        name = f"{run.kind}-{run.seed}"
        run.records.save(self._keep / f"{name}.jsonl", [{"what": "found", **run.verdict.found}])
        self._save_logs(house, name)

    def _save_logs(self, house: House, name: str) -> None:
        target = self._keep / f"{name}-log"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(house.folder / "log", target)


def _result(run: Run) -> Result:
    verdict = run.verdict
    return Result(
        run.kind, run.seed, run.seconds, verdict.messages, verdict.failed_visibly, verdict.recovery, verdict.found,
        run.crashes,
    )  # fmt: skip


async def main(keep: Path, *, keep_all: bool) -> None:
    lane = Lane(keep, keep_all=keep_all)
    try:
        while line := await asyncio.to_thread(sys.stdin.readline):
            job = json.loads(line)
            result = await lane.run(job["kind"], job["seed"])
            sys.stdout.write(json.dumps(asdict(result)) + "\n")
            sys.stdout.flush()
    finally:
        await lane.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), keep_all=sys.argv[2:] == ["all"]))
