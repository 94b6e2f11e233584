"""A kind of run: a fault, and the load that it strikes."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random

from tests.chaos.house import House
from tests.chaos.script import Load

Strike = Callable[[House, Random], Awaitable[None]]


@dataclass(frozen=True)
class Kind:
    """`strike` leaves the house whole again; it begins when most chats have seen a frame of the type `when`. Everything
    must be in order `limit` seconds after it.
    """

    name: str
    strike: Strike
    load: Load = field(default_factory=Load)
    when: str = "token"
    limit: float = 60.0


KINDS: dict[str, Kind] = {}
# Longer than a lease, so that answers are still written when its loser comes back.
LONG = Load(chats=5, turns=(1, 1), seconds=(2.0, 24.0))


def kind(load: Load | None = None, *, when: str = "token", limit: float = 60.0) -> Callable[[Strike], Strike]:
    """Registers a strike under its name."""

    def register(strike: Strike) -> Strike:
        KINDS[strike.__name__] = Kind(strike.__name__, strike, load or Load(), when, limit)
        return strike

    return register


async def again(house: House, name: str, rng: Random, pause: tuple[float, float]) -> None:
    """Starts a dead process after a pause, and waits until it is ready."""
    await asyncio.sleep(rng.uniform(*pause))
    house.begin(name)
    await house.ready(name)
