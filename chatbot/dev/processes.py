"""The processes of the application itself: web, engine, Celery worker and beat."""

import http.client
import json
import os
import sys

from chatbot.dev.child import Child, wait_until
from chatbot.dev.environment import WILDCARD_HOSTS, Machine
from chatbot.dev.model import ROOT

START_SECONDS = 60.0


def application(machine: Machine) -> list[Child]:
    """Web, engine, worker and beat, in the order in which they are asked to stop."""
    manage = [sys.executable, str(ROOT / "manage.py")]
    celery = [sys.executable, "-m", "celery", "-A", "chatbot.celery"]
    schedule = str(machine.var_dir / "celerybeat-schedule")
    commands = {
        "web": [*manage, "serve"],
        "engine": [*manage, "runengine"],
        "worker": [
            *celery,
            "worker",
            "--pool",
            "threads",
            "--concurrency",
            "4",
            "--without-gossip",
            "--without-mingle",
        ],
        "beat": [*celery, "beat", "--schedule", schedule, "--pidfile="],
    }
    environment = {"PYTHONUNBUFFERED": "1"}
    return [
        Child(name, command, machine.log_dir / f"{name}.log", cwd=ROOT, environment=environment)
        for name, command in commands.items()
    ]


def wait_ready(machine: Machine, children: list[Child]) -> None:
    """Returns when the web process answers and an engine is there to write answers."""
    wait_until(lambda: _is_healthy(machine), children=children, seconds=START_SECONDS)


def address(machine: Machine) -> str:
    """What to type into a browser on this machine."""
    return f"http://{_reachable_host(machine.host)}:{machine.port}"


def _reachable_host(host: str) -> str:
    if host in WILDCARD_HOSTS:
        return "127.0.0.1"
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _is_healthy(machine: Machine) -> bool:
    connection = http.client.HTTPConnection(_reachable_host(machine.host).strip("[]"), machine.port, timeout=5)
    # The first allowed host, since the user may have allowed other names than the one we connect to.
    name = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0]
    try:
        connection.request("GET", "/health/ready", headers={"Host": name})
        answer = connection.getresponse()
        checks = json.loads(answer.read())["checks"]
        return answer.status == http.HTTPStatus.OK and bool(checks.get("engine"))
    except (OSError, ValueError, LookupError, http.client.HTTPException):
        return False
    finally:
        connection.close()
