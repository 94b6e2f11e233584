"""A write that meets a database that is away is tried again."""

import pytest
from django.db import DataError, OperationalError

from streaming.persist import persist


async def test_a_write_is_tried_again_until_the_database_is_back() -> None:
    outcomes: list[Exception | str] = [OperationalError("away"), OperationalError("away"), "written"]

    def write() -> str:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    assert await persist(write) == "written"


async def test_a_write_that_is_wrong_is_not_tried_again() -> None:
    calls: list[int] = []

    def write() -> None:
        calls.append(1)
        raise DataError("wrong")

    with pytest.raises(DataError):
        await persist(write)
    assert calls == [1]
