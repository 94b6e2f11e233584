"""Ports for one house: a block of them that no other house picks, since houses start at the same time."""

import fcntl
import tempfile
from collections.abc import Sequence
from pathlib import Path
from random import SystemRandom
from typing import IO

from chatbot.dev import ports
from chatbot.dev.child import StartFailed

BLOCK = 60


class Block:
    """Holds a block of ports until it is released, or until this process ends."""

    def __init__(self) -> None:
        starts = list(range(ports.FIRST, ports.LAST - BLOCK, BLOCK))
        SystemRandom().shuffle(starts)
        held = next(filter(None, map(_lock, starts)), None)
        if held is None:
            raise StartFailed("Other houses have taken all ports.")
        self._lock, self._start = held

    def ports(self, names: Sequence[str]) -> dict[str, int]:
        """A free port for every name."""
        free = [port for port in range(self._start, self._start + BLOCK) if ports.is_free(port)]
        return dict(zip(names, free, strict=False))

    def release(self) -> None:
        """Leaves the block to others."""
        self._lock.close()


def _lock(start: int) -> tuple[IO[bytes], int] | None:
    file = (Path(tempfile.gettempdir()) / f"chatbot-chaos-ports-{start}").open("wb")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file, start
