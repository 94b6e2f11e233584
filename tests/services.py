"""A pytest plugin: real PostgreSQL and Valkey for the run, unless the environment names some, and settings to match.

It wraps the hook in which pytest-django reads the settings, so the services are there before. A killed pytest leaves no
process behind. Among several workers (`-n`) each has services of its own, and the browser tests stay together.
"""

import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from xdist.scheduler import LoadFileScheduling

from chatbot.dev import ports, secret
from chatbot.dev.child import Child
from chatbot.dev.environment import is_set
from chatbot.dev.postgres import Postgres
from chatbot.dev.valkey import Valkey

ROOT = Path(__file__).resolve().parent.parent

# The browser tests share one product: all of them run in one worker.
TOGETHER = "tests/e2e/"


class Services:
    """The folder of one run and the services in it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="chatbot-tests-"))
        # PostgreSQL's unprivileged user passes through; secrets have a folder of their own.
        self.folder.chmod(0o711)
        self.data: list[Path] = [self.folder]
        self.children: list[Child] = []

    def prepare(self) -> None:
        """Sets what of the environment needs no service."""
        secrets = secret.keep(self.folder / "secrets")
        os.environ["VAR_DIR"] = str(self.folder)
        os.environ.setdefault("SECRET_KEY", secrets["secret_key"])
        os.environ.setdefault("ENCRYPTION_KEYS", secrets["encryption_keys"])
        os.environ.setdefault("ALLOWED_HOSTS", "localhost,127.0.0.1,testserver")
        # All tests come from one address.
        os.environ.setdefault("ANONYMOUS_REQUESTS_PER_MINUTE", "1000000")

    def start(self) -> None:
        """Starts what is missing and names it in the environment."""
        secrets = secret.keep(self.folder / "secrets")
        chosen = ports.keep(self.folder / "ports.json", ["postgres", "valkey"])
        waits: list[tuple[Postgres | Valkey, Child]] = []
        if not is_set("DATABASE_URL"):
            password = secrets["postgres_password"]
            postgres = Postgres.within(self.folder, port=chosen["postgres"], password=password, durable=False)
            self.data.append(postgres.data)
            waits.append((postgres, self._start(postgres.child(self.folder / "postgresql.log"))))
            os.environ["DATABASE_URL"] = postgres.url()
        if not is_set("REDIS_URL"):
            password = secrets["valkey_password"]
            valkey = Valkey.within(self.folder, port=chosen["valkey"], password=password, durable=False)
            waits.append((valkey, self._start(valkey.child(self.folder / "valkey.log"))))
            os.environ["REDIS_URL"] = valkey.url
        for service, child in waits:
            service.wait_ready(child)

    def stop(self) -> None:
        """Ends the services and removes what they left."""
        for child in self.children:
            child.stop()
        for folder in self.data:
            shutil.rmtree(folder, ignore_errors=True)

    def _start(self, child: Child) -> Child:
        self.children.append(child)
        child.start()
        return child


SERVICES = pytest.StashKey[Services]()


class ByFile(LoadFileScheduling):  # type: ignore[misc]
    """Gives each worker whole files, and one of them all the browser tests."""

    def _split_scope(self, nodeid: str) -> str:
        return TOGETHER if nodeid.startswith(TOGETHER) else str(super()._split_scope(nodeid))


def runs_tests(config: pytest.Config) -> bool:
    """Whether this process runs tests itself, and does not only give them out to workers."""
    return "PYTEST_XDIST_WORKER" in os.environ or not config.known_args_namespace.numprocesses


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, Any, Any]:
    """Starts the services before anybody reads the settings. Who gives out tests has the settings and no services."""
    services = early_config.stash[SERVICES] = Services()
    early_config.add_cleanup(services.stop)
    given = dict(os.environ)
    services.prepare()
    if runs_tests(early_config):
        services.start()
        return (yield)
    os.environ.setdefault("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing")
    os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:1/0")
    result = yield
    os.environ.clear()
    os.environ.update(given)
    return result


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    """How tests are given out."""
    return ByFile(config, log)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Collects the static files, whose hashed names the pages need."""
    if runs_tests(session.config) and not session.config.option.collectonly:
        call_command("collectstatic", interactive=False, verbosity=0)
