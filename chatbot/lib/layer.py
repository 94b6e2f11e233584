"""Sends to channel-layer groups from synchronous code, without waiting.

A layer's connection belongs to one event loop, so each process keeps one loop in a thread for these sends.
"""

import asyncio
import logging
import threading
from concurrent.futures import Future
from functools import cache
from typing import Any

from channels.layers import get_channel_layer

logger = logging.getLogger(__name__)


_starting = threading.Lock()


@cache
def _running_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="layer", daemon=True).start()
    return loop


def _loop() -> asyncio.AbstractEventLoop:
    with _starting:  # `cache` alone would let two threads start a loop each
        return _running_loop()


def _report(future: "Future[None]") -> None:
    if error := future.exception():
        logger.warning("nudge not sent", extra={"error": str(error)})


def send_to_group(group: str, message: dict[str, Any]) -> None:
    """Hands `message` to everybody in `group`. A nudge may be lost: nothing may depend on it."""
    asyncio.run_coroutine_threadsafe(_send(group, message), _loop()).add_done_callback(_report)


async def _send(group: str, message: dict[str, Any]) -> None:
    layer = get_channel_layer()
    if layer is not None:
        await layer.group_send(group, message)
