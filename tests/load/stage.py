"""The processes of a bench: PostgreSQL, Valkey, the scripted provider, one web process and one engine."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chatbot.dev import ports, secret
from chatbot.dev.child import Child, wait_until
from chatbot.dev.model_server import ROOT, answers
from chatbot.dev.postgres import Postgres
from chatbot.dev.reachable import fallback_for
from chatbot.dev.valkey import Valkey
from tests.load import people
from tests.load.processor import family_of

START_SECONDS = 60.0
# Whatever else our own environment has set stays out of the product.
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR", "TZ")


class Stage:
    """What runs, in `folder`; see `stage`."""

    def __init__(self, folder: Path, *, durable: bool, shared_buffers: str) -> None:
        kept = secret.keep(folder / "secrets")
        self.folder = folder
        self.ports = ports.keep(folder / "ports.json", ("postgres", "valkey", "provider", "web"))
        chosen, word = self.ports["postgres"], kept["postgres_password"]
        self.postgres = Postgres.within(
            folder, port=chosen, password=word, durable=durable, shared_buffers=shared_buffers
        )
        chosen, word = self.ports["valkey"], kept["valkey_password"]
        self.valkey = Valkey.within(folder, port=chosen, password=word, durable=durable)
        self.children: dict[str, Child] = {}
        self.environment = {name: os.environ[name] for name in INHERITED if name in os.environ} | {
            "VAR_DIR": str(folder),
            "SECRET_KEY": kept["secret_key"],
            "ENCRYPTION_KEYS": kept["encryption_keys"],
            "DATABASE_URL": self.postgres.url(),
            "REDIS_URL": self.valkey.url,
            "OPENAI_BASE_URL": f"http://127.0.0.1:{self.ports['provider']}/v1",
            "OPENAI_API_KEY": "sk-of-the-bench",
            "OPENAI_MODEL": "fake-1",
            "ALLOWED_HOSTS": "127.0.0.1",
            "HOST": "127.0.0.1",
            "PORT": str(self.ports["web"]),
            "ENGINE_SEATS": "5000",
            "ENGINE_DRAIN_SECONDS": "1",
            "PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics"),
        }

    @property
    def pids(self) -> dict[str, list[int]]:
        """The processes by name; PostgreSQL has one for each connection."""
        return {name: family_of(child.process.pid) for name, child in self.children.items() if child.process}

    def start(self) -> None:
        """Starts the servers and prepares the database."""
        self._run(self.postgres.child(self._log("postgres")), "postgres")
        self._run(self.valkey.child(self._log("valkey")), "redis")
        provider = ["-m", "chatbot.dev.fakellm", "--port", str(self.ports["provider"])]
        self._run(self._child("provider", provider), "provider")
        self.postgres.wait_ready(self.children["postgres"])
        self.valkey.wait_ready(self.children["redis"])
        people.prepare(self.environment)

    def serve(self, server: str) -> None:
        """Starts web and engine anew, with this ASGI server; returns when both work."""
        for name in ("web", "engine"):
            if name in self.children:
                self.children[name].stop()
        manage = str(ROOT / "manage.py")
        self._run(self._child("web", [manage, "serve"], ASGI_SERVER=server), "web")
        self._run(self._child("engine", [manage, "runengine"]), "engine")
        wait_until(self._is_healthy, children=list(self.children.values()), seconds=START_SECONDS)

    def stop(self) -> None:
        """Ends everything."""
        for child in reversed(self.children.values()):
            child.stop()

    def _run(self, child: Child, name: str) -> None:
        self.children[name] = child
        child.start()

    def _child(self, name: str, arguments: list[str], **environment: str) -> Child:
        command = [sys.executable, *arguments]
        return Child(name, command, self._log(name), cwd=ROOT, environment=self.environment | environment)

    def _log(self, name: str) -> Path:
        return self.folder / "log" / f"{name}.log"

    def _is_healthy(self) -> bool:
        return answers(self.ports["web"], "/health/ready")


@contextmanager
def stage(*, durable: bool = True, shared_buffers: str = "128MB", kept: Path | None = None) -> Iterator[Stage]:
    """A stage with servers that are ready and a database that is prepared; nothing of it is left afterwards, unless it
    is `kept` in a folder for another time.

    `durable` servers write to the disk as those of the product do.
    """
    if kept:
        kept.mkdir(parents=True, exist_ok=True)
    folder = kept or Path(tempfile.mkdtemp(prefix="chatbot-bench-"))
    # PostgreSQL's unprivileged user passes through.
    folder.chmod(0o711)
    for name in ("log", "metrics", "static"):
        (folder / name).mkdir(exist_ok=True)
    made = Stage(folder, durable=durable, shared_buffers=shared_buffers)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        if not kept:
            _clear(folder)


def _clear(folder: Path) -> None:
    if (folder / "postgres").is_symlink():
        shutil.rmtree(fallback_for(folder), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
