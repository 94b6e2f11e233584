"""Ids carry the bucket and the time of their making."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from uuid import RFC_4122, UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.lib import ids

OWNERS = st.uuids()


@given(OWNERS)
def test_a_bucket_is_one_byte_and_always_the_same_for_a_user(owner: UUID) -> None:
    assert 0 <= ids.bucket_of(owner) < ids.BUCKETS
    assert ids.bucket_of(owner) == ids.bucket_of(UUID(str(owner)))


def test_users_spread_over_the_buckets() -> None:
    counts = [0] * ids.BUCKETS
    for number in range(25_600):
        counts[ids.bucket_of(UUID(int=number))] += 1
    assert min(counts) > 50
    assert max(counts) < 150


@given(OWNERS)
def test_an_id_is_a_uuid_of_version_8_that_begins_with_the_bucket(owner: UUID) -> None:
    made = ids.new_id(owner)
    assert made.version == 8
    assert made.variant == RFC_4122
    assert made.bytes[0] == ids.bucket_of(owner)


@given(OWNERS, OWNERS)
def test_the_range_of_a_user_holds_exactly_the_ids_of_the_bucket(owner: UUID, other: UUID) -> None:
    first, last = ids.id_range(owner)
    assert first <= ids.new_id(owner) <= last
    assert (first <= ids.new_id(other) <= last) == (ids.bucket_of(owner) == ids.bucket_of(other))
    assert last.int - first.int == 2**120 - 1


@given(OWNERS)
def test_ids_of_one_user_sort_by_the_order_of_their_making(owner: UUID) -> None:
    made = [ids.new_id(owner) for _ in range(50)]
    assert made == sorted(made)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """A clock that stands at the milliseconds in its only item; the ids forget what they made before and after."""
    now = [1_700_000_000_000]
    monkeypatch.setattr(ids, "_last_tick", 0)
    monkeypatch.setattr("chatbot.lib.ids.time.time_ns", lambda: now[0] * 1_000_000)
    yield now
    monkeypatch.undo()


def test_ids_of_one_millisecond_keep_their_order_past_a_full_counter(clock: list[int]) -> None:
    owner = uuid4()
    made = [ids.new_id(owner) for _ in range(10_000)]
    assert all(earlier < later for earlier, later in pairwise(made))
    assert ids.milliseconds_of(made[0]) == clock[0]
    assert ids.milliseconds_of(made[-1]) == clock[0] + 2  # two counters of 4,096 were full


def test_a_clock_set_back_does_not_set_ids_back(clock: list[int]) -> None:
    owner = uuid4()
    before = ids.new_id(owner)
    clock[0] -= 60_000
    assert ids.new_id(owner) > before


@given(milliseconds=st.integers(min_value=0, max_value=2**48 - 1), owner=OWNERS)
def test_the_time_can_be_read_back_from_any_id(milliseconds: int, owner: UUID) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ids, "_last_tick", 0)
        patch.setattr("chatbot.lib.ids.time.time_ns", lambda: milliseconds * 1_000_000)
        made = ids.new_id(owner)
    assert ids.milliseconds_of(made) == milliseconds
    assert made.bytes[0] == ids.bucket_of(owner)
    assert made.version == 8


def test_the_lowest_id_of_a_moment_is_below_all_that_are_made_then_and_above_all_before() -> None:
    owner = uuid4()
    bucket = ids.bucket_of(owner)
    for identifier in [ids.new_id(owner) for _ in range(200)]:
        moment = ids.milliseconds_of(identifier)
        assert ids.lowest_id(bucket, moment) <= identifier < ids.lowest_id(bucket, moment + 1)


def test_threads_never_make_the_same_id() -> None:
    owner = uuid4()
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: ids.new_id(owner), range(5_000)))
    assert len({identifier.int >> 54 for identifier in made}) == 5_000  # apart even without their randomness


def test_partitions_cover_every_id_once_and_hold_whole_buckets() -> None:
    bounds = ids.partition_bounds()
    assert [suffix for suffix, _, _ in bounds] == list("0123456789abcdef")
    assert bounds[0][1] == UUID(int=0)
    assert bounds[-1][2] is None
    for (_, _, end), (_, following, _) in pairwise(bounds):
        assert end == following
    assert all(first.int % 2**120 == 0 for _, first, _ in bounds)
