from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from chatbot.dev import ports
from chatbot.dev.child import Child
from chatbot.dev.valkey import Valkey


@pytest.fixture
def valkey(var_dir: Path) -> Valkey:
    """A server that was never started."""
    return Valkey.within(var_dir, port=ports.keep(var_dir / "ports.json", ["valkey"])["valkey"], password="right")


@pytest.fixture
def started(valkey: Valkey, var_dir: Path) -> Iterator[Child]:
    """The server, started and ready."""
    child = valkey.child(var_dir / "valkey.log")
    child.start()
    try:
        valkey.wait_ready(child)
        yield child
    finally:
        child.stop()


def test_data_survives_a_restart(valkey: Valkey, started: Child) -> None:
    with redis.Redis.from_url(valkey.url) as client:
        client.set("kept", "42")
        started.stop()
        started.start()
        valkey.wait_ready(started)
        assert client.get("kept") == b"42"


def test_nothing_is_evicted_and_the_password_is_asked_for(valkey: Valkey, started: Child) -> None:
    with redis.Redis.from_url(valkey.url) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    without = redis.Redis(port=valkey.port, retry=Retry(NoBackoff(), 0))
    with without as client, pytest.raises(redis.AuthenticationError):
        client.ping()


def test_its_password_is_in_no_argument_and_in_no_readable_file(valkey: Valkey, started: Child) -> None:
    assert started.process is not None
    assert b"right" not in Path(f"/proc/{started.process.pid}/cmdline").read_bytes()
    assert (valkey.folder / "valkey.conf").stat().st_mode & 0o077 == 0
