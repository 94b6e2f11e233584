"""The links: they pass, cut, hold and delay."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from time import monotonic

import pytest

from chatbot.dev import ports
from tests.chaos.proxy import Link


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@pytest.fixture
async def link(tmp_path: object) -> AsyncIterator[Link]:
    """A link in front of an echo server."""
    async with _echo_server() as target:
        link = Link("test", _free_port(), target)
        await link.open()
        yield link
        await link.close()


def _free_port() -> int:
    port = ports.FIRST
    while not ports.is_free(port):
        port += 1
    return port


@asynccontextmanager
async def _echo_server() -> AsyncIterator[int]:
    server = await asyncio.start_server(_echo, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, text: bytes) -> bytes:
    writer.write(text)
    return await reader.readexactly(len(text))


async def test_a_link_passes_bytes_both_ways(link: Link) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
    big = bytes(range(256)) * 8_192
    answer = asyncio.create_task(reader.readexactly(len(big)))
    writer.write(big)
    assert await answer == big
    writer.close()


async def test_the_end_of_one_direction_leaves_the_other_open(link: Link) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
    writer.write(b"all")
    writer.write_eof()
    assert await reader.read() == b"all"
    writer.close()


async def test_a_cut_resets_and_refuses_until_it_is_healed(link: Link) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
    assert await _ask(reader, writer, b"one") == b"one"
    await link.cut()
    with pytest.raises(ConnectionResetError):
        await reader.read(1)
    writer.close()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", link.port)
    await link.heal()
    reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
    assert await _ask(reader, writer, b"two") == b"two"
    writer.close()


async def test_a_half_open_link_swallows_and_delivers_late(link: Link) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
    assert await _ask(reader, writer, b"one") == b"one"
    link.hold()
    answer = asyncio.create_task(_ask(reader, writer, b"two"))
    second = await asyncio.open_connection("127.0.0.1", link.port)
    done, _ = await asyncio.wait([answer], timeout=0.2)
    assert not done
    await link.heal()
    assert await answer == b"two"
    assert await _ask(*second, b"three") == b"three"
    writer.close()
    second[1].close()


async def test_a_half_open_link_may_forget_its_connections(link: Link) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
    assert await _ask(reader, writer, b"one") == b"one"
    link.hold()
    writer.write(b"two")
    await link.heal(late=False)
    with pytest.raises(ConnectionResetError):
        await reader.read(1)
    writer.close()


async def test_a_slow_link_keeps_the_order(link: Link) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
    link.delay = 0.05
    began = monotonic()
    answer = asyncio.create_task(reader.readexactly(6))
    for piece in (b"a", b"b", b"c", b"d", b"e", b"f"):
        writer.write(piece)
        await asyncio.sleep(0)
    assert await answer == b"abcdef"
    assert monotonic() - began >= 0.1
    writer.write(b"late")
    second = asyncio.create_task(reader.readexactly(8))
    async with asyncio.timeout(5):
        while not any(side.waiting for side in link.sides):  # noqa: ASYNC110 - the link is plain, without events
            await asyncio.sleep(0)
    await link.heal()
    writer.write(b"soon")
    assert await second == b"latesoon"
    writer.close()


async def test_a_target_that_is_not_there_resets() -> None:
    link = Link("nowhere", _free_port(), 1)
    await link.open()
    reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
    with pytest.raises(ConnectionResetError):
        await reader.read(1)
    writer.close()
    await link.close()
