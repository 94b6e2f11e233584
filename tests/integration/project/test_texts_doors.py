"""Whatever is sent in the place of a body, a field, a parameter or a header is answered, and never by a server's error.

`make fuzz-texts DIR=…` asks the same with all texts and documents of a folder.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.test import override_settings

from chatbot.dev.fakellm import FakeLLMThread
from tests.integration.project.asking import Asker, one_world, quick_middleware
from tests.integration.project.door_table import DOORS
from tests.integration.project.doors import Door
from tests.integration.project.hostile_texts import folder_files
from tests.integration.project.probes import Probe, body_probes, few, form_probes, header_probes, query_probes
from tests.integration.project.rooms import Rooms
from tests.integration.project.routes import methods_of, routes

pytestmark = pytest.mark.django_db

JSON = [door for door in DOORS if door.kind == "json"]
FORMS = [door for door in DOORS if door.kind == "form"]
# Those that read headers, and one of each kind of view: with TEXTS_DIR all.
KINDS = {
    "GET api/v1/me/",
    "POST api/v1/conversations/",
    "POST api/v1/chat/stream/",
    "GET v1/models",
    "GET c/<conversation_id>/",
}
HEADED = [door for door in DOORS if door.headers or str(door) in KINDS or folder_files()]
READING = [door for door in DOORS if door.method == "GET"]


@pytest.fixture(scope="module")
def rooms(django_db_setup: None, django_db_blocker: Any) -> Iterator[Rooms]:
    """One user, whose belongings all questions here are about."""
    with FakeLLMThread() as provider, django_db_blocker.unblock(), one_world(base_url=provider.base_url) as furnished:
        yield furnished


@pytest.fixture(scope="module")
def whole(rooms: Rooms) -> Asker:
    """Asks through all of the middleware."""
    return Asker(rooms)


@pytest.fixture(scope="module")
def asker(rooms: Rooms, whole: Asker) -> Iterator[Asker]:
    """Asks without the part of the middleware that reads no body."""
    with override_settings(MIDDLEWARE=quick_middleware()):
        yield Asker(rooms)


def check(asker: Asker, door: Door, probes: Iterable[Probe]) -> None:
    """Fails with what was asked where the answer has a fault."""
    found = [f"{what} → {fault}" for what, how in few(probes, door) if (fault := asker.fault(door, **how))]
    if found:
        pytest.fail("\n".join([f"{len(found)} faults", *found[:30]]), pytrace=False)


def test_every_route_has_a_row() -> None:
    assert {door.path for door in DOORS} == set(routes())
    missing = {
        f"{method} {path}"
        for path, view in routes().items()
        for method in methods_of(view) or ()
        # allauth's forms take a PUT for a POST.
        if method != "PUT" or not path.startswith("accounts/")
    }
    assert missing <= {str(door) for door in DOORS}


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_every_example_is_accepted(whole: Asker, door: Door) -> None:
    with whole.asked(door) as response:
        assert response.status_code == door.status, b"" if response.streaming else response.content


@pytest.mark.parametrize("door", JSON, ids=str)
def test_no_body_breaks_a_door(asker: Asker, door: Door) -> None:
    check(asker, door, body_probes(door, asker.rooms))


@pytest.mark.parametrize("door", FORMS, ids=str)
def test_no_form_breaks_a_door(asker: Asker, door: Door) -> None:
    check(asker, door, form_probes(door, asker.rooms))


@pytest.mark.parametrize("door", READING, ids=str)
def test_no_parameter_breaks_a_door(asker: Asker, door: Door) -> None:
    check(asker, door, query_probes(door))


@pytest.mark.parametrize("door", HEADED, ids=str)
def test_no_header_breaks_a_door(whole: Asker, door: Door) -> None:
    check(whole, door, header_probes(door))
