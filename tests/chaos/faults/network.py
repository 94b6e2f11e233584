"""Links that are cut, held or slow."""

import asyncio
from random import Random

from tests.chaos.house import House
from tests.chaos.kind import LONG, kind
from tests.chaos.programs import ENGINES, WEBS
from tests.chaos.proxy import Link
from tests.chaos.script import Load


def _links(house: House, ends: tuple[str, ...], server: str, rng: Random) -> list[Link]:
    """The links of one of the processes, or of all."""
    chosen = [rng.choice(ends)] if rng.random() < 0.7 else list(ends)
    return [house.links[f"{end}-{server}"] for end in chosen]


async def _cut(links: list[Link], rng: Random, seconds: tuple[float, float] = (0.3, 3.0)) -> None:
    for link in links:
        await link.cut()
    await asyncio.sleep(rng.uniform(*seconds))
    for link in links:
        await link.heal()


async def _hold(links: list[Link], rng: Random, seconds: tuple[float, float]) -> None:
    for link in links:
        link.hold()
    await asyncio.sleep(rng.uniform(*seconds))
    late = rng.random() < 0.5
    for link in links:
        await link.heal(late=late)


@kind()
async def cut_web_postgres(house: House, rng: Random) -> None:
    """Web processes lose the database."""
    await _cut(_links(house, WEBS, "postgres", rng), rng)


@kind()
async def cut_engine_postgres(house: House, rng: Random) -> None:
    """Engines lose the database."""
    await _cut(_links(house, ENGINES, "postgres", rng), rng)


@kind()
async def cut_web_valkey(house: House, rng: Random) -> None:
    """Web processes lose Valkey."""
    await _cut(_links(house, WEBS, "valkey", rng), rng)


@kind()
async def cut_engine_valkey(house: House, rng: Random) -> None:
    """Engines lose Valkey."""
    await _cut(_links(house, ENGINES, "valkey", rng), rng)


@kind(limit=90.0)
async def cut_engine_provider(house: House, rng: Random) -> None:
    """Engines lose the provider."""
    await _cut([house.links["engines-provider"]], rng, (0.1, 1.0))


@kind()
async def cut_client_web(house: House, rng: Random) -> None:
    """Clients lose the web processes."""
    links = [house.links[f"client-{web}"] for web in WEBS]
    await _cut([rng.choice(links)] if rng.random() < 0.5 else links, rng)


@kind()
async def half_open_client_web(house: House, rng: Random) -> None:
    """Clients and a web process do not hear each other, and nobody tells them."""
    await _hold([house.links[f"client-{rng.choice(WEBS)}"]], rng, (3.0, 6.0))


@kind()
async def half_open_web_valkey(house: House, rng: Random) -> None:
    """A web process does not hear Valkey, and nobody tells it."""
    await _hold([house.links[f"{rng.choice(WEBS)}-valkey"]], rng, (2.0, 8.0))


@kind()
async def half_open_web_postgres(house: House, rng: Random) -> None:
    """A web process does not hear the database, and nobody tells it."""
    await _hold([house.links[f"{rng.choice(WEBS)}-postgres"]], rng, (2.0, 8.0))


@kind()
async def half_open_engine_valkey(house: House, rng: Random) -> None:
    """An engine does not hear Valkey, and nobody tells it."""
    await _hold([house.links[f"{rng.choice(ENGINES)}-valkey"]], rng, (2.0, 8.0))


@kind(LONG)
async def half_open_engine_postgres(house: House, rng: Random) -> None:
    """An engine does not hear the database until its leases are gone, and goes on publishing."""
    await _hold([house.links[f"{rng.choice(ENGINES)}-postgres"]], rng, (16.0, 22.0))


@kind(Load(turns=(1, 2), seconds=(2.0, 4.0)))
async def delays(house: House, rng: Random) -> None:
    """Some links are slow."""
    links = rng.sample(sorted(house.links), 5)
    for name in links:
        house.links[name].delay = rng.uniform(0.02, 0.3)
    await asyncio.sleep(rng.uniform(2.0, 4.0))
    for name in links:
        await house.links[name].heal()
