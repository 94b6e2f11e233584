"""Everything a provider can do wrong, and readers that are slow."""

import asyncio
from random import Random

from tests.chaos.house import House
from tests.chaos.kind import KINDS, Kind, kind
from tests.chaos.script import Load


@kind(Load(slow_readers=3, huge=45_000, stops=False))
async def slow_reader(house: House, rng: Random) -> None:
    """Some clients stop reading for seconds, then go on."""
    await asyncio.sleep(rng.uniform(1.0, 3.0))


def _provider_fault(name: str, *faults: str, hopeless: tuple[str, ...] = (), chats: int = 6) -> None:
    """The breaker opens at the fifth failure, so these stay below: what they test is the retry."""

    async def strike(house: House, rng: Random) -> None:
        """The messages themselves order the fault."""
        await asyncio.sleep(rng.uniform(0.0, 0.5))

    load = Load(chats=chats, turns=(1, 2), faults=faults, hopeless=hopeless, stops=False)
    KINDS[name] = Kind(name, strike, load, "accepted", 90.0)


_provider_fault("provider_429", "429 times=1", "429 times=2", hopeless=("429",))
_provider_fault(
    "provider_429_retry_after", "429 retry_after=1 times=1", "429 retry_after=2 times=2", "429 retry_after=0 times=1"
)
_provider_fault("provider_500", "500 times=1", "502 times=2", "503 retry_after=1 times=1")
_provider_fault("provider_down", "500 times=1", hopeless=("500", "503", "500"))
_provider_fault("provider_first_token_stall", "stall times=1", "hang times=1")
_provider_fault("provider_stall", "stall_after=1 times=1", "stall_after=9 times=1", "stall_after=5 times=2")
_provider_fault("provider_disconnect", "disconnect_after=0 times=1", "disconnect_after=7 times=2")
_provider_fault("provider_cut", "cut_after=0 times=1", "cut_after=7 times=2")
_provider_fault("provider_malformed", "malformed_after=0 times=1", "malformed_after=7 times=2")
