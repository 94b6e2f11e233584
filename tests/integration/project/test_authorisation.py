"""Who may do what: every door and every action of the WebSocket, asked by every kind of caller for what is Ann's.

access_table has the expected answers. What a caller is refused changes nothing, and what somebody else is shown names
nothing of Ann's.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chatbot.accounts.models import User
from chatbot.dev.fakellm import FakeLLMThread
from tests.integration.project.access_table import ACCESS, COLUMNS
from tests.integration.project.asking import close, one_world
from tests.integration.project.callers import Caller, callers_of
from tests.integration.project.door_table import DOORS
from tests.integration.project.doors import Door
from tests.integration.project.rooms import Rooms

pytestmark = pytest.mark.django_db

WRITES = ("INSERT", "UPDATE", "DELETE")
# What is noted of a caller, whatever comes of the request.
NOTES = ("django_session", "accounts_accesskey", "moderation_auditentry")
STRANGERS_TO_ANN = ("other", "staff")
# Whatever a page tells them, they send nothing.
BARRED = ("barred", "gone")
# Those who have the link may see it.
PUBLIC = {"GET s/<token>/"}


@pytest.fixture(scope="module")
def rooms(django_db_setup: None, django_db_blocker: Any) -> Iterator[Rooms]:
    """Ann, and all that she has."""
    with FakeLLMThread() as provider, django_db_blocker.unblock(), one_world(base_url=provider.base_url) as furnished:
        yield furnished


@pytest.fixture(scope="module")
def callers(rooms: Rooms) -> dict[str, Caller]:
    """By their columns."""
    return callers_of(rooms)


def test_every_door_has_a_row_and_every_caller_a_column(callers: dict[str, Caller]) -> None:
    assert set(ACCESS) == {str(door) for door in DOORS}
    assert set(callers) == set(COLUMNS)


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_a_door_opens_to_whom_it_should(rooms: Rooms, callers: dict[str, Caller], door: Door) -> None:
    found: list[str] = []
    faults: list[str] = []
    for name in COLUMNS:
        with callers[name].asking() as client, CaptureQueriesContext(connection) as queries:
            response = door.ask(client, rooms)
            sent_to_sign_in = "/login/?" in response.headers.get("Location", "")
            found.append("in" if sent_to_sign_in else str(response.status_code))
            if response.streaming:
                close(response)
            elif name in STRANGERS_TO_ANN and response.status_code < 400 and str(door) not in PUBLIC:
                faults += [f"{name} sees {one}" for one in _names(rooms) if one in response.content.decode()]
        refused = response.status_code in {401, 403, 404} or sent_to_sign_in
        faults += [
            f"{name} changed {sql}" for sql in _changes(queries) if refused or (name in BARRED and "messages" in sql)
        ]
    assert (tuple(found), faults) == (ACCESS[str(door)], [])


def _names(rooms: Rooms) -> set[str]:
    """The ids of all that is Ann's."""
    own = [rooms.conversation.pk, rooms.prompt.pk, rooms.pending.pk, rooms.failed.pk, rooms.verdict, rooms.user.pk]
    own += [value for name, value in rooms.ids.items() if name.endswith("_id") and name not in {"provider_id"}]
    return {text for text in map(str, own) if len(text) > 8}


def _changes(queries: CaptureQueriesContext) -> list[str]:
    sent = [query["sql"] for query in queries.captured_queries]
    return [sql for sql in sent if sql.startswith(WRITES) and not any(table in sql for table in NOTES)]


def test_what_is_anns_is_not_there_for_anybody_else() -> None:
    for door in DOORS:
        if "_id>" in door.path and door.path.startswith(("api/", "c/")):
            statuses = dict(zip(COLUMNS, ACCESS[str(door)], strict=True))
            assert {statuses[name] for name in STRANGERS_TO_ANN} == {"404"}, door


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model._meta.label)
def test_the_admin_is_for_staff(callers: dict[str, Caller], model: Any) -> None:
    path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    for name, caller in callers.items():
        with caller.asking() as client:
            response = client.get(path)
            if name == "staff":
                assert response.status_code == 200
            else:
                assert response.status_code == 302
                assert response.headers["Location"] == f"{reverse('admin:login')}?next={path}", name


def test_staff_without_permissions_see_no_rows(callers: dict[str, Caller]) -> None:
    with callers["other"].asking() as client:
        User.objects.filter(username="bob").update(is_staff=True)
        for model in admin.site._registry:
            path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            assert client.get(path).status_code == 403, model
