import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatbot.dev import environment, ports
from chatbot.dev.child import StartFailed
from chatbot.dev.model import LocalModel
from chatbot.dev.scripted import ScriptedProvider

MADE = (
    *("SECRET_KEY", "ENCRYPTION_KEYS", "DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS"),
    *("OPENAI_BASE_URL", "OPENAI_API_KEY", "OPENAI_MODEL"),
)


@pytest.fixture(autouse=True)
def free_port(bare_environment: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A port for the web process, and no machine left over from another test."""
    monkeypatch.setenv("PORT", "18765")
    environment.create.cache_clear()
    yield
    forget()


def forget() -> None:
    """Ends the machine of this process, if there is one."""
    if environment.create.cache_info().currsize:
        environment.create().lock.close()
    environment.create.cache_clear()


def again() -> environment.Machine:
    """What the next start in the same folder makes, after the end of this one."""
    forget()
    for name in MADE:
        os.environ.pop(name, None)
    return environment.create()


def values() -> dict[str, str]:
    return {name: os.environ[name] for name in MADE}


def test_secrets_are_made_once_and_only_their_owner_reads_them(bare_environment: Path) -> None:
    environment.create()
    before = values()
    folder = bare_environment / "secrets"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    again()
    assert values() == before


def test_other_commands_find_the_same_values() -> None:
    environment.create()
    made = values()
    for name in MADE:
        del os.environ[name]
    environment.load()
    assert values() == made


def test_a_deployment_that_sets_its_secret_key_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    environment.create()
    for name in MADE:
        del os.environ[name]
    monkeypatch.setenv("SECRET_KEY_FILE", "/run/secrets/key")
    environment.load()
    assert "DATABASE_URL" not in os.environ


def test_without_a_first_start_other_commands_get_nothing() -> None:
    environment.load()
    assert "SECRET_KEY" not in os.environ


@pytest.mark.parametrize(
    ("given", "replaced"),
    [
        ("DATABASE_URL", "postgres"),
        ("DATABASE_URL_FILE", "postgres"),
        ("REDIS_URL", "valkey"),
        ("OPENAI_API_KEY", "model"),
        ("OPENAI_API_KEY_FILE", "model"),
        ("OPENAI_BASE_URL", "model"),
    ],
)
def test_a_value_of_the_user_replaces_the_embedded_part(
    given: str, replaced: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(given, "theirs")
    machine = environment.create()
    parts = {"postgres": machine.postgres, "valkey": machine.valkey, "model": machine.model}
    assert [name for name, part in parts.items() if part is None] == [replaced]
    assert os.environ[given] == "theirs"
    assert given.endswith("_FILE") is (given.removesuffix("_FILE") not in os.environ)


def test_a_key_alone_means_the_usual_address_and_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "theirs")
    environment.create()
    assert not {"OPENAI_BASE_URL", "OPENAI_MODEL", "OPENAI_CONTEXT_WINDOW"} & set(os.environ)


def test_the_scripted_provider_stands_in_for_the_model_and_other_commands_know(
    bare_environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE", "1")
    monkeypatch.setenv("FAKE_RATE", "7.5")
    part = environment.create().model
    assert isinstance(part, ScriptedProvider)
    assert part.rate == 7.5
    assert ports.read(bare_environment / "ports.json")["fake"] == part.port
    made = values()
    assert (made["OPENAI_BASE_URL"], made["OPENAI_MODEL"]) == (part.url, "fake-1")
    for name in ("FAKE", *MADE):
        del os.environ[name]
    environment.load()
    assert values() == made
    assert isinstance(again().model, LocalModel)


def test_the_scripted_provider_stays_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE", "1")
    first = environment.create().model
    assert again().model == first


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("OPENAI_API_KEY", "theirs", "keep one"),
        ("OPENAI_BASE_URL_FILE", "/run/secrets/url", "keep one"),
        ("FAKE_RATE", "fast", "FAKE_RATE must be a number"),
    ],
)
def test_what_does_not_go_with_the_scripted_provider_is_named(
    name: str, value: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE", "1")
    monkeypatch.setenv(name, value)
    with pytest.raises(StartFailed, match=reason):
        environment.create()


def test_a_command_without_services_gets_values_beside_what_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://theirs")
    environment.stand_in()
    assert os.environ["REDIS_URL"] == "redis://theirs"
    assert len(os.environ["SECRET_KEY"]) >= 50


def chosen_ports(machine: environment.Machine) -> tuple[int, int]:
    """Of PostgreSQL and of Valkey."""
    assert machine.postgres
    assert machine.valkey
    return machine.postgres.port, machine.valkey.port


def test_ports_stay_unless_somebody_took_one() -> None:
    first = chosen_ports(environment.create())
    assert chosen_ports(again()) == first
    with socket.create_server(("127.0.0.1", first[1])):
        third = chosen_ports(again())
    assert third[0] == first[0]
    assert third[1] != first[1]


def test_a_taken_web_port_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("PORT", str(taken.getsockname()[1]))
        with pytest.raises(StartFailed, match=f"{taken.getsockname()[1]} is taken"):
            environment.create()


def test_metrics_of_the_last_run_are_removed(bare_environment: Path) -> None:
    environment.create()
    left_over = bare_environment / "metrics" / "counter_1.db"
    left_over.touch()
    again()
    assert not left_over.exists()


def test_a_second_start_in_the_same_folder_is_refused() -> None:
    running = environment.create()
    environment.create.cache_clear()
    with pytest.raises(StartFailed, match=f"Already running \\(process {os.getpid()}\\)"):
        environment.create()
    running.lock.close()
