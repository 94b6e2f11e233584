"""The one bridge from async code to the ORM."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import close_old_connections, connection

# Threads wait for PostgreSQL, not for the processor; their number bounds the connections that async code borrows.
THREADS = 12

P = ParamSpec("P")
T = TypeVar("T")

_executor = ThreadPoolExecutor(THREADS, thread_name_prefix="db")


def _with_fresh_connections(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    close_old_connections()
    try:
        return function(*args, **kwargs)
    finally:
        close_old_connections()


async def in_db(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs a synchronous function that uses the ORM in a bounded pool of threads, and gives its result.

    The connection goes back to Django's pool when the function ends. Log lines keep the caller's request id.
    """
    call = partial(_with_fresh_connections, function, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(_executor, copy_context().run, call)


def give_back_connection() -> None:
    """Returns this thread's connection to the pool before a long wait for something else; the next query borrows one
    again. Inside of a transaction it stays.
    """
    if not connection.in_atomic_block:
        connection.close()
