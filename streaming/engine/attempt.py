"""One attempt as the worker holds it."""

import time
from dataclasses import dataclass, field
from enum import Enum

from streaming.queue import Claim


class Ending(Enum):
    """Why a running attempt is cancelled from outside."""

    STOP = "stop"
    FENCED = "fenced"
    DRAIN = "drain"


@dataclass(slots=True)
class Attempt:
    """A running attempt, as the worker holds it. `ending` is set before its task is cancelled."""

    claim: Claim
    claimed_at: float = field(default_factory=time.monotonic)
    first_token_at: float | None = None
    model: str = ""
    ending: Ending | None = None

    def since_accepted_ms(self, moment: float) -> int:
        """Milliseconds from the acceptance of the message to `moment` of this process's clock."""
        return round(self.claim.age_ms + (moment - self.claimed_at) * 1000)
