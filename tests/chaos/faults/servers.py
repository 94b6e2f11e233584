"""PostgreSQL and Valkey die, and come back with or without what they knew."""

import asyncio
import signal
from random import Random

import redis.asyncio

from tests.chaos.house import House
from tests.chaos.kind import again, kind


@kind()
async def flushall(house: House, rng: Random) -> None:
    """FLUSHALL, once or twice."""
    async with redis.asyncio.Redis.from_url(house.valkey.url) as client:
        for _ in range(rng.randint(1, 2)):
            await client.flushall()
            await asyncio.sleep(rng.uniform(0.0, 0.5))


@kind()
async def valkey_restart(house: House, rng: Random) -> None:
    """Valkey dies and comes back without its file."""
    await house.kill("valkey")
    house.forget_valkey()
    await again(house, "valkey", rng, (0.1, 3.0))


@kind()
async def postgres_restart(house: House, rng: Random) -> None:
    """PostgreSQL's immediate shutdown, and its recovery."""
    house.send("postgres", signal.SIGQUIT)
    await house.ended("postgres")
    await again(house, "postgres", rng, (0.1, 2.0))


@kind()
async def postgres_kill(house: House, rng: Random) -> None:
    """kill -9 of PostgreSQL's first process."""
    await house.kill("postgres")
    await again(house, "postgres", rng, (0.1, 2.0))
