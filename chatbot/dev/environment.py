"""The environment of one machine: fills in what the user did not set, so that every process finds the same services.

`create` is for `manage.py up`: it makes secrets and picks ports. `load` is for every other command: beside a running
`up` it finds the same values. Whatever the user set, as NAME or NAME_FILE, stays. With FAKE=1 the scripted provider (at
FAKE_RATE tokens per second) stands in for the local model.
"""

import fcntl
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

from chatbot.dev import ports, postgres, secret, valkey
from chatbot.dev.child import StartFailed
from chatbot.dev.model import ROOT, LocalModel
from chatbot.dev.postgres import Postgres
from chatbot.dev.scripted import ScriptedProvider
from chatbot.dev.valkey import Valkey

# The names under which ports are kept; one of the last two is there, and tells which provider runs.
SERVICES = ("postgres", "valkey")
MODEL, FAKE = "model", "fake"
# The addresses that mean every address.
WILDCARD_HOSTS = {"0.0.0.0", "::", "[::]"}  # noqa: S104


@dataclass(frozen=True)
class Machine:
    """What runs on this machine: an embedded part is None where the user named another one."""

    var_dir: Path
    host: str
    port: int
    postgres: Postgres | None
    valkey: Valkey | None
    model: LocalModel | ScriptedProvider | None
    lock: IO[str]

    @property
    def log_dir(self) -> Path:
        """The folder of the processes' logs."""
        return self.var_dir / "log"


def is_set(name: str) -> bool:
    """Whether the user gave a value, directly or in a file."""
    return name in os.environ or f"{name}_FILE" in os.environ


def var_dir() -> Path:
    """The folder of everything that this machine keeps."""
    return Path(os.environ.get("VAR_DIR", ROOT / "var")).resolve()


@cache
def create() -> Machine:
    """Prepares VAR_DIR and the environment. Raises StartFailed when another `up` runs there, or the port is taken."""
    folder = var_dir()
    host = os.environ.get("HOST", "127.0.0.1")
    port = _port()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as on_failure:
            lock = on_failure.enter_context(_lock(folder))
            if not ports.is_free(port, host.strip("[]")):
                raise StartFailed(f"{host}:{port} is taken. Choose another port: PORT={port + 1} make run")
            for name, mode in {"log": 0o700, "metrics": 0o755, "static": 0o755}.items():
                (folder / name).mkdir(mode=mode, exist_ok=True)
            machine = _machine(folder, host, port, lock)
            _empty(folder / "metrics")
            on_failure.pop_all()
    except PermissionError as error:
        reason = f"{error.filename} belongs to another user. Choose another folder: VAR_DIR=… make run"
        raise StartFailed(reason) from error
    return machine


def load() -> None:
    """Gives a command the values that `create` made, if it did; a deployment, which sets SECRET_KEY, is left alone."""
    folder = var_dir()
    if is_set("SECRET_KEY"):
        return
    try:
        kept, chosen = secret.read(folder / "secrets"), ports.read(folder / "ports.json")
    except PermissionError:
        return
    if len(kept) == len(secret.KINDS) and set(SERVICES) <= set(chosen) and {MODEL, FAKE} & set(chosen):
        os.environ.update(_defaults(folder, kept, chosen))


def stand_in() -> None:
    """Gives a command that uses no service what Django's settings ask for all the same."""
    made = {
        "SECRET_KEY": secret.KINDS["secret_key"](),
        "ENCRYPTION_KEYS": secret.KINDS["encryption_keys"](),
        "DATABASE_URL": "postgresql://none",
        "REDIS_URL": "redis://none",
    }
    os.environ.update({name: value for name, value in made.items() if not is_set(name)})


def _machine(folder: Path, host: str, port: int, lock: IO[str]) -> Machine:
    provider, own_provider = FAKE if _fake_wanted() else MODEL, _has_own_provider()
    own_database, own_redis = is_set("DATABASE_URL"), is_set("REDIS_URL")
    kept, chosen = secret.keep(folder / "secrets"), ports.keep(folder / "ports.json", (*SERVICES, provider))
    os.environ.update(_defaults(folder, kept, chosen))
    return Machine(
        folder,
        host,
        port,
        None if own_database else Postgres.within(folder, port=chosen["postgres"], password=kept["postgres_password"]),
        None if own_redis else Valkey.within(folder, port=chosen["valkey"], password=kept["valkey_password"]),
        None if own_provider else _provider(chosen),
        lock,
    )


def _defaults(folder: Path, kept: Mapping[str, str], chosen: Mapping[str, int]) -> dict[str, str]:
    """The values of everything that the user did not set."""
    defaults = {
        "SECRET_KEY": kept["secret_key"],
        "ENCRYPTION_KEYS": kept["encryption_keys"],
        "DATABASE_URL": postgres.address(chosen["postgres"], kept["postgres_password"]),
        "REDIS_URL": valkey.address(chosen["valkey"], kept["valkey_password"]),
        "PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics"),
        "ALLOWED_HOSTS": ",".join(dict.fromkeys(_hosts(os.environ.get("HOST", "127.0.0.1")))),
        "VAR_DIR": str(folder),
        # Ctrl-C shall not take long; an answer that is cut goes on at the next start.
        "ENGINE_DRAIN_SECONDS": "5",
        "LOG_FORMAT": "console",
    }
    if not _has_own_provider():
        defaults |= _provider(chosen).settings
    return {name: value for name, value in defaults.items() if not is_set(name)}


def _has_own_provider() -> bool:
    return is_set("OPENAI_BASE_URL") or is_set("OPENAI_API_KEY")


def _fake_wanted() -> bool:
    wanted = os.environ.get("FAKE", "") not in {"", "0"}
    if wanted and _has_own_provider():
        raise StartFailed("FAKE is set, and OPENAI_BASE_URL or OPENAI_API_KEY too: keep one or the other.")
    return wanted


def _provider(chosen: Mapping[str, int]) -> LocalModel | ScriptedProvider:
    """The embedded one."""
    if FAKE not in chosen:
        return LocalModel(chosen[MODEL])
    try:
        return ScriptedProvider(chosen[FAKE], float(os.environ.get("FAKE_RATE", "20")))
    except ValueError as error:
        raise StartFailed("FAKE_RATE must be a number of tokens per second.") from error


def _port() -> int:
    given = os.environ.get("PORT", "8000")
    if not given.isdecimal():
        raise StartFailed(f"PORT must be a whole number, not {given!r}.")
    return int(given)


def _hosts(host: str) -> Iterator[str]:
    """The names under which a browser may ask for us."""
    yield from ("localhost", "127.0.0.1", "[::1]")
    if host not in WILDCARD_HOSTS:
        yield f"[{host}]" if ":" in host and not host.startswith("[") else host
        return
    name = socket.gethostname()
    yield name
    try:
        yield from (str(entry[4][0]) for entry in socket.getaddrinfo(name, None, socket.AF_INET))
    except OSError:
        return


def _lock(folder: Path) -> IO[str]:
    """Holds the folder for as long as this process lives; a crash releases it."""
    file = (folder / "up.lock").open("a+", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        with file:
            file.seek(0)
            holder = file.read() or "unknown"
        raise StartFailed(
            f"Already running (process {holder}) with the data in {folder}. Stop it first with "
            "Ctrl-C in its terminal, or run a second one beside it: VAR_DIR=… PORT=… make run"
        ) from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
