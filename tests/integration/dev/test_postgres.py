from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from chatbot.dev import ports
from chatbot.dev.child import Child, StartFailed
from chatbot.dev.postgres import Postgres


@pytest.fixture
def postgres(var_dir: Path) -> Postgres:
    """A server that was never started."""
    chosen = ports.keep(var_dir / "ports.json", ["postgres"])
    return Postgres.within(var_dir, port=chosen["postgres"], password="right")


@pytest.fixture
def started(postgres: Postgres, var_dir: Path) -> Iterator[Child]:
    """The server, started and ready."""
    child = postgres.child(var_dir / "postgresql.log")
    child.start()
    try:
        postgres.wait_ready(child)
        yield child
    finally:
        child.stop()


def test_the_database_is_utf8_and_sorts_the_same_everywhere(postgres: Postgres, started: Child) -> None:
    with psycopg.connect(postgres.url()) as connection:
        found = connection.execute(
            "SELECT pg_encoding_to_char(encoding), datlocprovider::text, datlocale FROM pg_database"
            " WHERE datname = current_database()"
        ).fetchone()
    assert found == ("UTF8", "b", "C.UTF-8")


def test_a_wrong_password_is_refused(postgres: Postgres, started: Child) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgres.url().replace("right", "wrong"))


def test_committed_rows_survive_kill_9(postgres: Postgres, started: Child) -> None:
    with psycopg.connect(postgres.url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    started.kill()
    started.start()
    postgres.wait_ready(started)
    with psycopg.connect(postgres.url()) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_a_start_waits_for_a_server_that_is_still_going_down(postgres: Postgres, started: Child, var_dir: Path) -> None:
    second = postgres.child(var_dir / "second.log")
    second.start()
    try:
        assert not started.running
        postgres.wait_ready(second)
    finally:
        second.stop()


def test_an_interrupted_first_start_leaves_no_half_made_data(postgres: Postgres, started: Child) -> None:
    assert postgres.has_data
    assert not postgres.data.with_name("postgres.unfinished").exists()


def test_data_with_another_password_is_named_as_the_reason(postgres: Postgres, started: Child, var_dir: Path) -> None:
    other = Postgres(postgres.programs, postgres.data, postgres.port, "wrong")
    with pytest.raises(StartFailed, match="VAR_DIR/secrets"):
        other.wait_ready(started)


def test_the_server_stops_within_its_grace(started: Child, eventually: Callable[..., None]) -> None:
    started.ask_to_stop()
    eventually(lambda: not started.running, started.grace)
    assert started.exit_code == 0
