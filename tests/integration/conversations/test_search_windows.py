"""Windows of time: keys_between and the database's search_keys know the same ones."""

from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID, uuid4

import pytest
from django.db import connection

from chatbot.lib.ids import bucket_of, id_range, lowest_id
from conversations.search.windows import keys_between

pytestmark = pytest.mark.django_db

DAY = 86_400_000
NOW = int(datetime(2026, 11, 23, tzinfo=UTC).timestamp() * 1_000)


def keys_of(user_id: UUID, identifier: UUID) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT search_keys(%s, %s)", [user_id, identifier])
        return set(cursor.fetchone()[0])


@pytest.mark.parametrize("days", [1, 40, 700, 9_000])
def test_the_keys_of_a_stretch_of_time_are_those_of_its_messages(days: int) -> None:
    random, user_id = Random(days), uuid4()
    bucket = bucket_of(user_id)
    for _ in range(20):
        began = NOW - random.randrange(9_000 * DAY)
        ended = began + random.randrange(days * DAY)
        keys = keys_between(user_id, lowest_id(bucket, began).int, lowest_id(bucket, ended).int)
        assert len(keys) == len(set(keys)) <= 3 * 2 * 15 + 2
        for moment in (began, random.randint(began, ended), ended):
            assert len(keys_of(user_id, lowest_id(bucket, moment)) & set(keys)) == 1
            assert not keys_of(uuid4(), lowest_id(bucket, moment)) & set(keys)
        for moment in (began - 4 * DAY, ended + 4 * DAY):
            assert not keys_of(user_id, lowest_id(bucket, moment)) & set(keys)


def test_all_there_is_needs_few_keys() -> None:
    user_id = uuid4()
    low, high = (end.int for end in id_range(user_id))
    newest = lowest_id(bucket_of(user_id), NOW).int
    assert len(keys_between(user_id, low, newest)) < 40
    assert len(keys_between(user_id, low, high)) <= 256
    assert keys_between(user_id, newest, low) == []
    assert len(keys_between(user_id, newest, newest + timedelta(days=1) // timedelta(milliseconds=1))) == 1
