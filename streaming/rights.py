"""Asks again and again who is calling on open sockets, and closes those that have lost the right.

One task for all sockets of a process: a task for each would hold memory, and all of them would ask at the same time.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from weakref import WeakKeyDictionary

logger = logging.getLogger(__name__)

# Now and then: a nudge may be lost, a key may expire.
EVERY_SECONDS = 300.0
# Once more after a nudge: a log-out says so before its session is gone.
AGAIN_SECONDS = 2.0
LOOK_SECONDS = 0.5
AT_A_TIME = 8

# Looks at one socket; False when it could not tell, and wants to be called again.
Check = Callable[[], Awaitable[bool]]


class RightsWatch:
    """The checks of one loop, each with the moments at which it is due."""

    def __init__(self) -> None:
        self._due: dict[Check, deque[float]] = {}
        self._task: asyncio.Task[None] | None = None

    def begin(self, check: Check) -> None:
        """Calls `check` now and then from now on."""
        self._due[check] = deque([asyncio.get_running_loop().time() + EVERY_SECONDS])
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="rights")

    def hurry(self, check: Check) -> None:
        """Calls it at once, and once more shortly after that."""
        if check in self._due:
            now = asyncio.get_running_loop().time()
            self._due[check] = deque([now, now + AGAIN_SECONDS])

    def end(self, check: Check) -> None:
        """Calls it no more."""
        self._due.pop(check, None)

    async def _run(self) -> None:
        while self._due:
            now = asyncio.get_running_loop().time()
            due = [check for check, moments in self._due.items() if moments[0] <= now]
            for start in range(0, len(due), AT_A_TIME):
                await asyncio.gather(*map(self._call, due[start : start + AT_A_TIME]))
            await asyncio.sleep(LOOK_SECONDS)

    async def _call(self, check: Check) -> None:
        if moments := self._due.get(check):
            moments.popleft()
        try:
            certain = await check()
        except Exception:
            logger.exception("rights not checked")
            certain = False
        if (moments := self._due.get(check)) is None:
            return
        now = asyncio.get_running_loop().time()
        if not certain:
            moments.appendleft(now + AGAIN_SECONDS)
        elif not moments:
            moments.append(now + EVERY_SECONDS)


_watches: WeakKeyDictionary[asyncio.AbstractEventLoop, RightsWatch] = WeakKeyDictionary()


def rights_watch() -> RightsWatch:
    """The watch of the running loop."""
    loop = asyncio.get_running_loop()
    if loop not in _watches:
        _watches[loop] = RightsWatch()
    return _watches[loop]
