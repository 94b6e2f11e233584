"""kill -9, SIGTERM, SIGSTOP, a wrong clock, one process too many, a lost lease."""

import asyncio
import signal
from random import Random

import psycopg

from tests.chaos.house import House
from tests.chaos.kind import LONG, again, kind
from tests.chaos.programs import ENGINES, WEBS
from tests.chaos.script import Load

RETRIES = Load(faults=("500 times=1", "429 retry_after=1 times=1", "503 times=2"))


async def _replace(house: House, name: str) -> None:
    """One step of a rolling restart."""
    await house.end(name)
    house.begin(name)
    await house.ready(name)


@kind()
async def web_kill(house: House, rng: Random) -> None:
    """kill -9 of a web process."""
    name = rng.choice(WEBS)
    await house.kill(name)
    await again(house, name, rng, (0.1, 1.0))


@kind()
async def web_term(house: House, rng: Random) -> None:
    """A rolling restart of both web processes."""
    for name in WEBS:
        await _replace(house, name)


@kind()
async def engine_kill(house: House, rng: Random) -> None:
    """kill -9 of an engine."""
    name = rng.choice(ENGINES)
    await house.kill(name)
    await again(house, name, rng, (0.1, 1.0))


@kind()
async def engine_term(house: House, rng: Random) -> None:
    """A rolling restart of both engines."""
    for name in ENGINES:
        await _replace(house, name)


@kind(RETRIES, when="accepted")
async def worker_kill(house: House, rng: Random) -> None:
    """kill -9 of the Celery worker while retries wait in it."""
    await asyncio.sleep(rng.uniform(0.0, 2.0))
    await house.kill("worker")
    await again(house, "worker", rng, (0.1, 1.0))


@kind(RETRIES, when="accepted")
async def beat_kill(house: House, rng: Random) -> None:
    """kill -9 of beat while retries wait."""
    await asyncio.sleep(rng.uniform(0.0, 2.0))
    await house.kill("beat")
    await again(house, "beat", rng, (0.1, 1.0))


@kind(RETRIES, when="accepted")
async def two_beats(house: House, rng: Random) -> None:
    """Two beats at once, for longer than their interval."""
    house.begin("beat2")
    await house.ready("beat2")
    await asyncio.sleep(rng.uniform(5.0, 7.0))
    await house.discard("beat2")


@kind(Load(turns=(1, 2), seconds=(2.0, 5.0)), when="accepted")
async def skewed_engine(house: House, rng: Random) -> None:
    """An engine whose clock is wrong by up to an hour takes the place of another."""
    name = rng.choice(ENGINES)
    offset = rng.choice((-3600, -60, 60, 3600))
    await house.end(name)
    house.begin(name, module="tests.chaos.skewed", environment={"CLOCK_OFFSET_SECONDS": str(offset)})
    await house.ready(name)
    await asyncio.sleep(rng.uniform(3.0, 5.0))
    await _replace(house, name)


@kind(LONG)
async def engine_freeze(house: House, rng: Random) -> None:
    """An engine stands still until it has lost its leases, and wakes up in the belief that it holds them."""
    name = rng.choice(ENGINES)
    house.send(name, signal.SIGSTOP)
    await asyncio.sleep(rng.uniform(16.0, 22.0))
    house.send(name, signal.SIGCONT)


@kind(Load(turns=(1, 2), seconds=(3.0, 6.0)))
async def lease_lost(house: House, rng: Random) -> None:
    """All leases are lost while their holders write on, as when the database's clock is put forward."""
    async with await psycopg.AsyncConnection.connect(house.postgres.url(), autocommit=True) as connection:
        await connection.execute(
            "UPDATE generations SET status = 'queued', lease_expires_at = NULL WHERE status = 'running'"
        )
