"""Connections of the pool: one that the server has closed is not handed out."""

from contextlib import closing

import pytest
from django.db import connection, connections

pytestmark = pytest.mark.django_db(transaction=True)


def backend() -> int:
    """The server's process behind the connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_a_connection_that_the_server_ended_is_replaced() -> None:
    ended = backend()
    connection.close()
    other = connections.create_connection("default")
    with closing(other), other.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert backend() != ended


def test_live_connections_are_used_again() -> None:
    def use() -> int:
        process = backend()
        connection.close()
        return process

    first = {use() for _ in range(20)}
    assert {use() for _ in range(20)} <= first
