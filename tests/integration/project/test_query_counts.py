"""What each door of the REST API asks of the database, with little and with much behind it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chatbot.accounts.token_services import issue_tokens
from tests.integration.project.asking import close, one_world
from tests.integration.project.door_table import API, OPENAI
from tests.integration.project.doors import Door
from tests.integration.project.query_table import COSTS
from tests.integration.project.rooms import Rooms

pytestmark = pytest.mark.django_db

# A completion asks its provider: test_openai_costs counts for it.
FEW, MANY = 2, 40
DOORS = [door for door in (*API, *OPENAI) if not door.live and door.status < 400]


@pytest.fixture(scope="module", params=[FEW, MANY])
def rooms(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> Iterator[Rooms]:
    """A user with so many of everything."""
    with django_db_blocker.unblock(), one_world(request.param) as furnished:
        yield furnished


def _count(client: Client, rooms: Rooms, door: Door) -> int:
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        response = door.ask(client, rooms)
        assert response.status_code == door.status
        if response.streaming:
            close(response)
        transaction.set_rollback(True)
    return len([query for query in queries if "SAVEPOINT" not in query["sql"]])


def test_every_door_has_a_count() -> None:
    assert set(COSTS) == {str(door) for door in DOORS}


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_a_door_costs_the_same_for_few_and_for_many(rooms: Rooms, door: Door) -> None:
    client = Client(headers={"Authorization": f"Bearer {issue_tokens(user=rooms.user).access}"})
    _count(client, rooms, door)
    cost = COSTS[str(door)]
    expected = cost if isinstance(cost, int) else cost[rooms.count > FEW]
    assert _count(client, rooms, door) == expected
