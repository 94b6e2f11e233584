"""One attempt as the worker holds it."""

import time
from dataclasses import dataclass, field
from enum import Enum

from streaming.llm.types import Prompt
from streaming.queue import Claim


class Ending(Enum):
    """Why a running attempt is cancelled from outside."""

    STOP = "stop"
    FENCED = "fenced"
    DRAIN = "drain"


@dataclass(slots=True)
class Attempt:
    """A running attempt, as the worker holds it.

    `begun` says that it knows what earlier attempts left. `carried` is their text, which this one has not replaced yet,
    `seen` what readers have of it: None where that is not known. `prompt` is what the last target was asked. `ending`
    is set before the task is cancelled. A `closing` attempt writes its end and is left alone.
    """

    claim: Claim
    claimed_at: float = field(default_factory=time.monotonic)
    first_token_at: float | None = None
    model: str = ""
    begun: bool = False
    carried: str = ""
    seen: str | None = None
    prompt: Prompt | None = None
    ending: Ending | None = None
    closing: bool = False

    def since_accepted_ms(self, moment: float) -> int:
        """Milliseconds from the acceptance of the message to `moment` of this process's clock."""
        return round(self.claim.age_ms + (moment - self.claimed_at) * 1000)
