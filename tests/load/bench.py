"""The measurements on one stage: each in a process of its own, so that it begins afresh."""

import subprocess
import sys

import msgspec

from chatbot.dev.child import StartFailed, tethered
from chatbot.dev.model import ROOT
from tests.load import people
from tests.load.baseline import BaselineResult
from tests.load.orders import CONNECTS_AT_ONCE, IdleResult, Order, StopsResult, StreamsResult
from tests.load.stage import Stage

RATE = 20.0
SENDS_PER_SECOND = 25.0
STREAMS_PER_USER = 3
LONG_SECONDS = 120.0


class Bench:
    """Measures what runs on `stage`; steady windows last `seconds`."""

    def __init__(self, stage: Stage, *, seconds: float, most_streams: int) -> None:
        self._stage = stage
        self._seconds = seconds
        self._users = most_streams // STREAMS_PER_USER + 1
        self._keys = people.make_proofs("key", self._users, stage.environment)

    def streams(
        self,
        count: int,
        *,
        rate: float = RATE,
        sends_per_second: float = SENDS_PER_SECOND,
        seconds: float | None = None,
    ) -> StreamsResult:
        """So many live streams."""
        order = self._order(seconds or self._seconds)
        order.streams, order.rate, order.sends_per_second = count, rate, sends_per_second
        return msgspec.json.decode(_run("generator", [], order), type=StreamsResult)

    def stops(self, streams: int, count: int) -> StopsResult:
        """Stops so many of the live streams."""
        order = self._order(self._seconds)
        # So long that none ends by itself.
        order.streams, order.stops, order.seconds = streams, count, LONG_SECONDS
        return msgspec.json.decode(_run("generator", [], order), type=StopsResult)

    def idle(self, count: int, proof: str = "key") -> IdleResult:
        """So many sockets that say nothing, opened with this kind of proof."""
        order = self._order(1.0)
        order.idle, order.proof = count, proof
        if proof != "key":
            order.proofs = people.make_proofs(proof, count + CONNECTS_AT_ONCE, self._stage.environment)
        return msgspec.json.decode(_run("generator", [], order), type=IdleResult)

    def baseline(self, count: int) -> float:
        """Microseconds of a plain SDK consumer of so many streams for one token."""
        arguments = [str(self._stage.ports["provider"]), str(count), str(RATE), str(self._seconds)]
        result = msgspec.json.decode(_run("baseline", arguments), type=BaselineResult)
        return 1e6 * result.cpu / result.tokens

    def _order(self, seconds: float) -> Order:
        stage = self._stage
        web, provider = stage.ports["web"], stage.ports["provider"]
        return Order(port=web, provider_port=provider, proofs=self._keys, pids=stage.pids, seconds=seconds)


def _run(module: str, arguments: list[str], order: Order | None = None) -> bytes:
    """Raises StartFailed with what the process said when it fails."""
    command = tethered([sys.executable, "-m", f"tests.load.{module}", *arguments])
    given = msgspec.json.encode(order) if order else b""
    done = subprocess.run(command, input=given, capture_output=True, cwd=ROOT, check=False)
    if done.returncode:
        raise StartFailed(f"{module} failed:\n{done.stderr.decode()}")
    return done.stdout
