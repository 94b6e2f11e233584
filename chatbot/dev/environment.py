"""The environment of one machine: fills in what the user did not set, so that every process finds the same services.

`create` is for `manage.py up`: it makes secrets and picks ports. `load` is for every other command: beside a running
`up` it finds the same values. Whatever the user set, as NAME or NAME_FILE, stays.
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
from chatbot.dev.model import CONTEXT_WINDOW, MAX_OUTPUT_TOKENS, MODEL, ROOT, LocalModel
from chatbot.dev.postgres import Postgres
from chatbot.dev.valkey import Valkey

SERVICES = ("postgres", "valkey", "model")
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
    model: LocalModel | None
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
    if len(kept) == len(secret.KINDS) and set(SERVICES) <= set(chosen):
        os.environ.update(_defaults(folder, kept, chosen))


def _machine(folder: Path, host: str, port: int, lock: IO[str]) -> Machine:
    own_provider = is_set("OPENAI_BASE_URL") or is_set("OPENAI_API_KEY")
    own_database, own_redis = is_set("DATABASE_URL"), is_set("REDIS_URL")
    kept, chosen = secret.keep(folder / "secrets"), ports.keep(folder / "ports.json", SERVICES)
    os.environ.update(_defaults(folder, kept, chosen))
    return Machine(
        folder,
        host,
        port,
        None if own_database else Postgres.within(folder, port=chosen["postgres"], password=kept["postgres_password"]),
        None if own_redis else Valkey.within(folder, port=chosen["valkey"], password=kept["valkey_password"]),
        None if own_provider else LocalModel(chosen["model"]),
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
    if not is_set("OPENAI_BASE_URL") and not is_set("OPENAI_API_KEY"):
        defaults |= {
            "OPENAI_BASE_URL": LocalModel(chosen["model"]).url,
            "OPENAI_API_KEY": "local",
            "OPENAI_MODEL": MODEL,
            "OPENAI_CONTEXT_WINDOW": str(CONTEXT_WINDOW),
            "OPENAI_MAX_OUTPUT_TOKENS": str(MAX_OUTPUT_TOKENS),
            "OPENAI_PREFILL": "1",
        }
    return {name: value for name, value in defaults.items() if not is_set(name)}


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
