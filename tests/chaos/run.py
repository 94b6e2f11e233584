"""One run: a load, a fault in the middle of it, the healing, the verdict."""

import asyncio
from dataclasses import dataclass
from random import Random
from time import monotonic

import redis.asyncio

from tests.chaos.checker import check
from tests.chaos.house import House
from tests.chaos.kind import Kind
from tests.chaos.load import Clients
from tests.chaos.records import Records
from tests.chaos.script import plan
from tests.chaos.verdict import Verdict

# The fault strikes up to so many seconds after most answers have begun.
LATEST_STRIKE = 0.8


@dataclass
class Run:
    """What came of it. `seconds` is the time it took."""

    kind: str
    seed: int
    verdict: Verdict
    records: Records
    seconds: float
    crashes: list[str]


async def run_once(house: House, kind: Kind, seed: int, *, limit: float | None = None) -> Run:
    """Runs `kind` with the choices of `seed` in a healthy house, and leaves it healthy."""
    began = monotonic()
    rng = Random(f"{kind.name}/{seed}")
    records = Records()
    house.crashes.clear()
    clients = Clients(house, plan(kind.load, rng, len(house.people)), records)
    clients.start()
    await clients.under_way(kind.when, 0.6)
    await asyncio.sleep(rng.uniform(0.0, LATEST_STRIKE))
    records.add("fault", kind=kind.name, seed=seed)
    await kind.strike(house, rng)
    records.add("healed")
    await clients.finished(limit or kind.limit)
    records.add("end")
    verdict = await asyncio.to_thread(check, records.rows, house.postgres.url())
    await house.healthy()
    await _forget_breakers(house)
    return Run(kind.name, seed, verdict, records, monotonic() - began, list(house.crashes))


async def _forget_breakers(house: House) -> None:
    """The failures of this run shall not count in the next one."""
    async with redis.asyncio.Redis.from_url(house.valkey.url) as client:
        if keys := [key async for key in client.scan_iter(match="breaker:*")]:
            await client.delete(*keys)
