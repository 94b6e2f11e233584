"""The bridge from async code to the ORM."""

import asyncio
import threading

import pytest
import structlog
from django.db import connection

from chatbot.accounts.models import User
from chatbot.lib import db
from chatbot.lib.db import in_db
from tests.factories import make_user


@pytest.mark.django_db(transaction=True)
async def test_a_function_that_uses_the_orm_gives_its_result() -> None:
    made = await in_db(make_user, "ann", email="ann@example.org")
    found: User = await in_db(User.objects.get, pk=made.pk)
    assert found.email == "ann@example.org"


async def test_an_error_of_the_function_reaches_the_caller() -> None:
    with pytest.raises(ZeroDivisionError):
        await in_db(lambda: 1 // 0)


@pytest.mark.django_db(transaction=True)
async def test_the_connection_goes_back_to_the_pool_when_the_function_ends() -> None:
    def use() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return threading.get_ident()

    def still_open() -> tuple[int, bool]:
        return threading.get_ident(), connection.connection is not None

    used = {await in_db(use) for _ in range(db.THREADS)}
    seen = dict([await in_db(still_open) for _ in range(2 * db.THREADS)])
    assert used & set(seen)
    assert not any(seen.values())


async def test_calls_run_beside_each_other_up_to_the_number_of_threads() -> None:
    everybody = threading.Barrier(db.THREADS)
    await asyncio.gather(*(in_db(everybody.wait, 20) for _ in range(db.THREADS)))
    assert not everybody.broken


async def test_log_lines_of_the_function_keep_the_request_id() -> None:
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        seen = await in_db(structlog.contextvars.get_contextvars)
    assert seen["request_id"] == "r-1"
    assert "request_id" not in await in_db(structlog.contextvars.get_contextvars)
