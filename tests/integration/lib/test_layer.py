"""Sends to channel-layer groups from synchronous code."""

import asyncio
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from channels.layers import get_channel_layer
from pytest_django import Settings

from chatbot.lib import layer
from chatbot.lib.layer import send_to_group


async def receive(name: str, group: str) -> dict[str, str]:
    """The next message of `name`. A subscription is live only some time after `group_add`, so the nudge is repeated."""
    channels = get_channel_layer()
    assert channels is not None
    receiving = asyncio.ensure_future(channels.receive(name))
    while not receiving.done():
        send_to_group(group, {"type": "news", "word": "hello"})
        await asyncio.wait([receiving], timeout=0.5)
    message: dict[str, str] = await receiving
    return message


async def test_everybody_in_the_group_gets_the_message() -> None:
    channels = get_channel_layer()
    assert channels is not None
    group = f"group-{uuid4()}"
    names = [await channels.new_channel() for _ in range(2)]
    for name in names:
        await channels.group_add(group, name)
    for name in names:
        assert await receive(name, group) == {"type": "news", "word": "hello"}
    await channels.flush()


def test_many_threads_share_one_loop() -> None:
    with ThreadPoolExecutor(8) as pool:
        loops = set(pool.map(lambda _: id(layer._loop()), range(64)))
    assert len(loops) == 1
    assert len([thread for thread in threading.enumerate() if thread.name == "layer"]) == 1


def test_a_lost_nudge_is_a_warning_and_no_failure(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    told = threading.Event()
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": ["redis://127.0.0.1:1/0"], "prefix": "layer"},
        }
    }

    def notice(record: logging.LogRecord) -> bool:
        if record.getMessage() == "nudge not sent":
            told.set()
        return True

    caplog.handler.addFilter(notice)
    send_to_group("anybody", {"type": "news"})
    assert told.wait(10)
