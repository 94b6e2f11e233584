"""Writes that must not be lost because the database was away for a moment."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError

from chatbot.lib.db import in_db
from streaming import queue

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

RETRY_SECONDS = 0.5


async def persist(write: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs a write of the queue, again and again while the database cannot be reached, for as long as a lease lasts.

    Doing it twice is harmless: a write that went through although its answer was lost finds its row changed, and says
    fenced. Raises the last DatabaseError; by then the lease is lost, and another attempt begins.
    """
    deadline = time.monotonic() + queue.LEASE_SECONDS
    while True:
        try:
            return await in_db(write, *args, **kwargs)
        except (OperationalError, InterfaceError) as error:
            if time.monotonic() >= deadline:
                raise
            logger.warning("database not reached", extra={"error": str(error)})
            await asyncio.sleep(RETRY_SECONDS)
