"""Who may do what through the WebSocket: every action, asked by every kind of caller about what is Ann's."""

import json
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from conversations.models import Message
from streaming.events import ClientFrame
from streaming.models import Generation
from tests.integration.project.action_table import ACTIONS, EXAMPLES, HANDSHAKES, SPEAKERS
from tests.integration.project.asking import one_world
from tests.integration.project.callers import Caller, callers_of
from tests.integration.project.rooms import Rooms
from tests.integration.project.talking import talk

pytestmark = pytest.mark.django_db

TAGS = {kind.__struct_config__.tag: kind for kind in get_args(ClientFrame)}


@pytest.fixture(scope="module")
def rooms(django_db_setup: None, django_db_blocker: Any) -> Iterator[Rooms]:
    """Ann, and all that she has."""
    with django_db_blocker.unblock(), one_world() as furnished:
        yield furnished


@pytest.fixture(scope="module")
def callers(rooms: Rooms) -> dict[str, Caller]:
    """By their columns."""
    return callers_of(rooms)


def test_every_action_has_a_row() -> None:
    assert set(ACTIONS) == set(TAGS)
    assert set(EXAMPLES) == set(get_args(ClientFrame))
    assert set(SPEAKERS) == {name for name, refusal in HANDSHAKES.items() if refusal is None}


@pytest.mark.parametrize("name", HANDSHAKES)
def test_a_socket_opens_to_whom_it_should(callers: dict[str, Caller], name: str) -> None:
    async def open_it(client: Client) -> str | None:
        async with talk(client) as talking:
            return talking.refusal

    with callers[name].asking() as client:
        assert async_to_sync(open_it)(client) == HANDSHAKES[name]


async def _answer(client: Client, tag: str, frame: dict[str, Any]) -> str:
    async with talk(client) as talking:
        heard = await talking.ask(json.dumps({"type": tag, **frame}))
        if tag == "generation.follow":
            while not heard or heard[-1]["type"] not in {"done", "error"}:
                heard.append(await talking.hear())
            heard = heard[-1:]
        if tag == "ping":
            heard.append(await talking.hear())
        first = heard[0] if heard else {"type": ""}
        return str(first["code"] if first["type"] == "error" else first["type"])


def _state(rooms: Rooms) -> tuple[Any, ...]:
    return (
        Message.objects.filter(user=rooms.user).count(),
        list(Generation.objects.filter(user=rooms.user).order_by("id").values_list("status", "stop_requested")),
    )


@pytest.mark.parametrize("tag", ACTIONS)
@pytest.mark.parametrize("name", SPEAKERS)
def test_an_action_is_done_for_whom_it_should(rooms: Rooms, callers: dict[str, Caller], tag: str, name: str) -> None:
    with callers[name].asking() as client:
        before = _state(rooms)
        assert async_to_sync(_answer)(client, tag, EXAMPLES[TAGS[tag]](rooms)) == ACTIONS[tag][SPEAKERS.index(name)]
        if name in {"other", "staff"}:
            assert _state(rooms) == before
