"""The bare connection to Redis: log-in, replies, pushes, and how it notices that nobody is there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from pytest_django import Settings
from redis.exceptions import AuthenticationError, ResponseError
from redis.exceptions import ConnectionError as LostConnection

from chatbot.lib import redis_link
from chatbot.lib.redis_link import open_link


@asynccontextmanager
async def mute_server() -> AsyncIterator[int]:
    """Takes connections and never says a word."""
    held: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: held.append(writer), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    for writer in held:
        writer.close()
    server.close()


async def test_replies_come_in_order_and_errors_among_them() -> None:
    link = await open_link()
    first, second = await asyncio.gather(
        link.execute([("ECHO", "a"), ("NONSENSE",), ("ECHO", b"b")]), link.execute([("ECHO", 3)])
    )
    assert (first[0], first[2], second) == (b"a", b"b", [b"3"])
    assert isinstance(first[1], ResponseError)
    link.close()


async def test_a_wrong_password_is_told(settings: Settings) -> None:
    address = urlsplit(settings.REDIS_URL)
    settings.REDIS_URL = f"redis://:wrong@{address.hostname}:{address.port}/0"
    with pytest.raises(AuthenticationError):
        await open_link()


async def test_the_database_of_the_address_is_used(settings: Settings) -> None:
    settings.REDIS_URL = settings.REDIS_URL.rsplit("/", 1)[0] + "/3"
    link = await open_link()
    (info,) = await link.execute([("CLIENT", "INFO")])
    assert b" db=3 " in info
    link.close()


async def test_a_subscription_hears_what_is_published() -> None:
    heard: asyncio.Queue[object] = asyncio.Queue()
    link, other = await open_link(heard.put_nowait), await open_link()
    link.send(("SUBSCRIBE", "here"))
    assert await heard.get() == [b"subscribe", b"here", 1]
    await other.execute([("PUBLISH", "here", "news")])
    assert await heard.get() == [b"message", b"here", b"news"]
    link.close()
    other.close()


async def test_a_lost_connection_fails_what_waits_for_it() -> None:
    link = await open_link()
    waiting = asyncio.create_task(link.execute([("BLPOP", "nothing", 0)]))
    await link_is_busy(link)
    link.close()
    with pytest.raises(LostConnection):
        await waiting
    with pytest.raises(LostConnection):
        await link.execute([("PING",)])
    assert link.lost


async def link_is_busy(link: redis_link.RedisLink) -> None:
    """Returns when the server has the link's command: another connection sees it blocked."""
    other = await open_link()
    while True:
        (info,) = await other.execute([("INFO", "clients")])
        if b"blocked_clients:1" in info:
            break
    other.close()


async def test_a_server_that_does_not_reply_is_given_up(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setattr(redis_link, "REPLY_SECONDS", 0.1)
    async with mute_server() as port:
        settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
        link = await open_link()
        with pytest.raises(LostConnection):
            await link.execute([("PING",)])


async def test_a_silent_subscription_is_taken_for_lost(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setattr(redis_link, "PING_SECONDS", 0.05)
    monkeypatch.setattr(redis_link, "SILENT_SECONDS", 0.1)
    async with mute_server() as port:
        settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
        link = await open_link()
        async with asyncio.timeout(10):
            await link.until_lost()
        link.close()


async def test_a_subscription_that_is_pinged_lives_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_link, "PING_SECONDS", 0.02)
    monkeypatch.setattr(redis_link, "SILENT_SECONDS", 0.06)
    pongs: asyncio.Queue[object] = asyncio.Queue()
    link = await open_link(pongs.put_nowait)
    watching = asyncio.create_task(link.until_lost())
    for _ in range(6):
        await pongs.get()
    assert not watching.done()
    link.close()
    await watching
