"""What a house runs: the names, the commands and the environment of its processes, and its first people."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chatbot.dev.child import StartFailed

ROOT = Path(__file__).resolve().parents[2]
WEBS, ENGINES = ("web1", "web2"), ("engine1", "engine2")
PROCESSES = (*WEBS, *ENGINES, "worker", "beat")
SERVERS = ("postgres", "valkey", "provider")
LINKS = (
    *(f"{process}-{server}" for process in (*PROCESSES, "beat2") for server in ("postgres", "valkey")),
    "engines-provider",
    *(f"client-{web}" for web in WEBS),
)
PEOPLE = 10
# What the processes may see of our own environment: a test run has set more.
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR", "TZ")
VALUES = {
    "OPENAI_API_KEY": "sk-of-the-chaos-tests",
    "OPENAI_MODEL": "fake-1",
    # Room for the longest answers, and for all of a conversation.
    "OPENAI_CONTEXT_WINDOW": "1000000",
    "OPENAI_MAX_OUTPUT_TOKENS": "50000",
    "ALLOWED_HOSTS": "127.0.0.1",
    # Seconds: a run shall not wait for minutes, neither for a silent provider nor for an engine that leaves.
    "LLM_CONNECT_TIMEOUT": "2",
    "LLM_FIRST_TOKEN_TIMEOUT": "2",
    "LLM_TOKEN_GAP_TIMEOUT": "2",
    "ENGINE_DRAIN_SECONDS": "1",
    "PYTHONUNBUFFERED": "1",
    "LOG_FORMAT": "console",
}
# Both servers in each house: what holds must hold on either.
ASGI_SERVERS = {"web1": "daphne", "web2": "uvicorn"}

_MAKE_PEOPLE = """
import json, sys
from chatbot.accounts.models import Tier, User
from chatbot.accounts.services import create_access_key
tier = Tier.objects.create(slug="chaos", name="Chaos", messages_per_minute=100_000, concurrent_generations=1_000)
people = [User.objects.create_user(f"person{{number}}", tier=tier) for number in range({count})]
json.dump([[str(user.id), create_access_key(user=user, name="chaos")[1]] for user in people], sys.stdout)
"""


@dataclass(frozen=True)
class Person:
    """A user and an access key of theirs."""

    user_id: str
    key: str


def inherited() -> dict[str, str]:
    """What is left of our own environment."""
    return {name: os.environ[name] for name in INHERITED if name in os.environ}


def command(name: str, folder: Path, modules: Mapping[str, str]) -> list[str]:
    """How to run a process; `modules` names for some a module to run instead of manage.py."""
    celery = [sys.executable, "-m", "celery", "-A", "chatbot.celery"]
    if name == "worker":
        return [*celery, "worker", "--pool", "threads", "--concurrency", "4", "--without-gossip", "--without-mingle"]
    if name.startswith("beat"):
        return [*celery, "beat", "--schedule", str(folder / f"{name}-schedule"), "--pidfile="]
    run = ["-m", modules[name]] if name in modules else [str(ROOT / "manage.py")]
    return [sys.executable, *run, "serve" if name in WEBS else "runengine"]


def prepare(environment: Mapping[str, str]) -> list[Person]:
    """Migrates the database and makes the people."""
    _manage(["prepare"], environment)
    made = _manage(["shell", "-v", "0", "-c", _MAKE_PEOPLE.format(count=PEOPLE)], environment)
    return [Person(*row) for row in json.loads(made)]


def _manage(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    line = [sys.executable, str(ROOT / "manage.py"), *arguments]
    done = subprocess.run(line, env=dict(environment), cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StartFailed(f"manage.py {arguments[0]} failed:\n{done.stderr}")
    return done.stdout
