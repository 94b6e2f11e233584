"""A short part of the suite: a few kinds of fault in one house, and the broken variants that the checker must catch."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from uuid import uuid4

import aiohttp
import psycopg
import pytest

from tests.chaos.doors import DOORS
from tests.chaos.house import House
from tests.chaos.kind import Kind
from tests.chaos.kinds import KINDS
from tests.chaos.programs import ENGINES, WEBS
from tests.chaos.run import run_once
from tests.chaos.script import Load
from tests.integration.dev.folders import reachable_folder

SMALL = Load(chats=5, turns=(1, 2), seconds=(0.5, 1.2))
# Seconds that a broken variant gets to bring in order what it cannot.
SHORT = 3.0


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """The loop in which the house's links live."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def house(runner: asyncio.Runner) -> Iterator[House]:
    """One product for all tests of this file."""
    with reachable_folder("chatbot-chaos-") as folder:
        house = House(folder)
        try:
            runner.run(house.start())
            yield house
        finally:
            runner.run(house.stop())


@pytest.mark.parametrize("name", ["web_kill", "flushall", "postgres_restart", "provider_disconnect"])
def test_nothing_is_lost_duplicated_reordered_or_stuck(name: str, house: House, runner: asyncio.Runner) -> None:
    kind = KINDS[name]
    small = replace(kind, load=replace(SMALL, faults=kind.load.faults))
    run = runner.run(run_once(house, small, 1))
    assert run.verdict.found == {"lost": [], "duplicate": [], "reordered": [], "stuck": [], "failed": []}
    assert run.verdict.messages >= SMALL.chats


async def _send_everywhere(house: House, sends: int) -> None:
    """The same message so many times at once, through all doors of both web processes; then another under its id."""
    bases = [f"http://127.0.0.1:{house.links[f'client-{web}'].port}" for web in WEBS]
    headers = {"Authorization": f"Bearer {house.people[0].key}"}
    async with aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(limit=sends)) as client:
        async with client.post(f"{bases[0]}/api/v1/conversations/", json={}) as response:
            conversation = (await response.json())["id"]
        body = {
            "client_message_id": str(uuid4()),
            "conversation_id": conversation,
            "content": "Once. [[fake: tokens=3]]",
        }
        ways = [(DOORS[number % len(DOORS)], bases[number // len(DOORS) % len(bases)]) for number in range(sends)]
        answers = await asyncio.gather(*(door(client, base, body) for door, base in ways))
        others = await asyncio.gather(*(door(client, bases[0], {**body, "content": "Another."}) for door in DOORS))
    assert sorted(answer["duplicate"] for answer in answers) == [False] + [True] * (sends - 1)
    assert len({(answer["user_message"]["id"], answer["assistant_message"]["id"]) for answer in answers}) == 1
    assert [other["code"] for other in others] == ["idempotency_conflict"] * len(DOORS)
    async with await psycopg.AsyncConnection.connect(house.postgres.url()) as connection:
        rows = await connection.execute(
            "SELECT role FROM messages WHERE conversation_id = %s ORDER BY 1", [conversation]
        )
        assert await rows.fetchall() == [("assistant",), ("user",)]


def test_a_hundred_sends_of_one_id_on_every_door_are_one_message(house: House, runner: asyncio.Runner) -> None:
    runner.run(_send_everywhere(house, 100))


async def _lose_leases(house: House, rng: Random) -> None:
    async with await psycopg.AsyncConnection.connect(house.postgres.url(), autocommit=True) as connection:
        await connection.execute("UPDATE generations SET status = 'queued' WHERE status = 'running'")


async def _kill_web(house: House, rng: Random) -> None:
    await house.kill(WEBS[0])
    await _begin(house, WEBS)


async def _begin(house: House, names: tuple[str, ...], module: str | None = None) -> None:
    for name in names:
        house.begin(name, module=module)
    await asyncio.gather(*(house.ready(name) for name in names))


async def _leave_only(house: House, names: tuple[str, ...], module: str) -> None:
    """One process that runs `module` in the place of all of its kind."""
    for name in names:
        await house.kill(name)
    await _begin(house, names[:1], module)


LEASES_LOST = Kind("leases_lost", _lose_leases, Load(chats=4, turns=(1, 1), seconds=(2.0, 2.5), slow_readers=0))
WEB_KILLED = Kind("web_killed", _kill_web, Load(chats=3, turns=(1, 1), slow_readers=0), when="accepted")


def test_a_loser_of_its_leases_does_no_harm(house: House, runner: asyncio.Runner) -> None:
    assert runner.run(run_once(house, LEASES_LOST, 1)).verdict.sound


def test_an_engine_without_fencing_is_caught(house: House, runner: asyncio.Runner) -> None:
    runner.run(_leave_only(house, ENGINES, "tests.chaos.broken.unfenced_engine"))
    try:
        run = runner.run(run_once(house, LEASES_LOST, 2, limit=SHORT))
    finally:
        runner.run(house.kill(ENGINES[0]))
        runner.run(_begin(house, ENGINES))
    assert run.verdict.found["reordered"]


def test_a_message_acknowledged_before_its_commit_is_caught(house: House, runner: asyncio.Runner) -> None:
    runner.run(_leave_only(house, WEBS, "tests.chaos.broken.hasty_web"))
    run = runner.run(run_once(house, WEB_KILLED, 1, limit=SHORT))
    assert run.verdict.found["lost"]
