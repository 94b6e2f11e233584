"""The product as one machine runs it, `manage.py up`, for the browser tests, and people who are signed in to it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from chatbot.dev import ports
from chatbot.dev.child import wait_until
from chatbot.dev.model import ROOT
from tests.integration.dev.folders import reachable_folder
from tests.integration.dev.processes import descendants, is_alive
from tests.integration.dev.test_up import up

ADMIN_PASSWORD = "administrators-have-long-passwords"
STOP_SECONDS = 30.0
# Whatever else the test run has set, its own services above all, stays out of the product.
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR", "TZ")

_MAKE_PEOPLE = """
import json, sys
from django.test import Client
from chatbot.accounts.models import User
def log_in(user):
    client = Client()
    client.force_login(user)
    return [user.username, client.cookies["sessionid"].value]
known = User.objects.count()
people = [log_in(User.objects.create_user(f"person{{known + number}}")) for number in range({count})]
json.dump([log_in(User.objects.get(username="admin")), *people], sys.stdout)
"""


@dataclass(frozen=True)
class Person:
    """An account, and the cookie of a session in which it is logged in."""

    username: str
    session: str


@dataclass(frozen=True)
class Product:
    """A running product."""

    url: str
    supervisor: int
    environment: Mapping[str, str]

    def process(self, word: bytes) -> int:
        """The process with `word` in its command: `runengine` writes the answers."""
        return next(pid for pid in descendants(self.supervisor) if _runs(pid, word))

    def make_people(self, count: int) -> list[Person]:
        """The administrator and so many new users, all logged in: the login form's rate limit would not let that many
        pass.
        """
        return [Person(*row) for row in json.loads(self.run(_MAKE_PEOPLE.format(count=count)))]

    def run(self, script: str) -> str:
        """Runs Python in the product's own environment; what it prints."""
        command = [sys.executable, str(ROOT / "manage.py"), "shell", "-v", "0", "-c", script]
        done = subprocess.run(command, env=dict(self.environment), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def running(provider_url: str, **settings: str) -> Iterator[Product]:
    """A product with data of its own and these `settings`, which asks the provider at `provider_url`; all of it is gone
    afterwards.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(reachable_folder("chatbot-e2e-"))
        environment = {name: os.environ[name] for name in INHERITED if name in os.environ} | {
            "VAR_DIR": str(folder),
            "PORT": str(ports.keep(folder / "web.json", ["web"])["web"]),
            "ADMIN_PASSWORD": ADMIN_PASSWORD,
            "OPENAI_BASE_URL": provider_url,
            "OPENAI_API_KEY": "sk-of-the-browser-tests",
            "OPENAI_MODEL": "fake-1",
            **settings,
        }
        with pytest.MonkeyPatch.context() as patch:
            for name in set(os.environ) - set(environment):
                patch.delenv(name)
            for name, value in environment.items():
                patch.setenv(name, value)
            process, _ = stack.enter_context(up())
        family = descendants(process.pid)
        yield Product(f"http://127.0.0.1:{environment['PORT']}", process.pid, environment)
        family |= descendants(process.pid)
        process.kill()
        wait_until(lambda: not any(map(is_alive, family)), children=(), seconds=STOP_SECONDS)


def _runs(pid: int, word: bytes) -> bool:
    try:
        return word in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
