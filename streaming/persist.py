"""Writes that must not be lost because the database was away for a moment."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError

from chatbot.lib.db import in_db

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

RETRY_SECONDS = 0.5
# A finished answer is worth waiting for; the row's attempt and status fence it whenever the write comes through.
PATIENCE_SECONDS = 300


async def persist(write: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs a read or a write, again and again while the database cannot be reached.

    Doing it twice must be harmless: a write of the queue names its attempt. Raises the last error after five minutes.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return await in_db(write, *args, **kwargs)
        except (OperationalError, InterfaceError) as error:
            if time.monotonic() >= deadline:
                raise
            logger.warning("database not reached", extra={"error": str(error)})
            await asyncio.sleep(RETRY_SECONDS)
