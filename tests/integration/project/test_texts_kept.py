"""What is accepted comes back as it was written, byte for byte, wherever it is read; what cannot be kept is refused."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings

from tests.integration.project.asking import Asker, one_world, quick_middleware
from tests.integration.project.door_table import DOORS
from tests.integration.project.doors import texts_of
from tests.integration.project.hostile_json import as_json
from tests.integration.project.hostile_texts import everything, shows, storable
from tests.integration.project.kept import KEPT, NOT_KEPT, Kept, Reader
from tests.integration.project.probes import few

pytestmark = pytest.mark.django_db

BY_NAME = {str(door): door for door in DOORS}


@pytest.fixture(scope="module")
def asker(django_db_setup: None, django_db_blocker: Any) -> Iterator[Asker]:
    """One user, whose belongings all questions here are about."""
    with (
        django_db_blocker.unblock(),
        override_settings(MIDDLEWARE=quick_middleware()),
        one_world() as rooms,
    ):
        yield Asker(rooms)


def test_every_text_is_kept_or_says_why_not() -> None:
    taken = {
        (str(door), name)
        for door in DOORS
        if door.kind == "json" and not door.is_openai
        for name in texts_of(door.takes)
    }
    assert taken == {(one.door, one.field) for one in KEPT} | set(NOT_KEPT)


def expected(one: Kept, text: str) -> int:
    """The status that a text gets."""
    blank = not shows(text) and not (one.blank and (text == "" or storable(text)))
    return 400 if blank or not storable(text) or len(text) > one.longest else BY_NAME[one.door].status


@pytest.mark.parametrize("one", KEPT, ids=lambda one: f"{one.door} {one.field}")
def test_a_text_comes_back_as_it_was_written(asker: Asker, one: Kept) -> None:
    door = BY_NAME[one.door]
    wrong = []
    for text in few(everything(), one, 25):
        body = door.with_value(asker.rooms, (one.field,), as_json(text, ascii_only=len(text) % 2 == 0))
        with asker.asked(door, body) as response:
            told = json.loads(response.content)
            if response.status_code != expected(one, text):
                wrong.append(f"{text[:60]!r} → {response.status_code} {told}")
            elif response.status_code == 400:
                if told["error"]["code"] not in {"invalid_input", "message_too_long"}:
                    wrong.append(f"{text[:60]!r} → {told}")
            else:
                reads = one.reads(Reader(asker.user, asker.rooms), told)
                wrong += [f"{text[:60]!r} → {read[:60]!r}" for read in reads if read.encode() != text.encode()]
                assert len(reads) > 0
    assert wrong == []
