"""The processes of the application itself: web, engine, Celery worker and beat."""

import http.client
import json
import os
import sys

from chatbot.dev.child import Child, wait_until
from chatbot.dev.environment import WILDCARD_HOSTS, Machine
from chatbot.dev.model import ROOT

START_SECONDS = 60.0


def foreground(machine: Machine) -> list[Child]:
    """Web and engine: what an answer needs."""
    manage = [sys.executable, str(ROOT / "manage.py")]
    return [_child(machine, "web", [*manage, "serve"]), _child(machine, "engine", [*manage, "runengine"])]


def background(machine: Machine) -> list[Child]:
    """Celery's worker and beat: what may come a moment later."""
    celery = [sys.executable, "-m", "celery", "-A", "chatbot.celery"]
    schedule = str(machine.var_dir / "celerybeat-schedule")
    worker = [*celery, "worker", "--pool", "threads", "--concurrency", "4", "--without-gossip", "--without-mingle"]
    return [
        _child(machine, "worker", worker),
        _child(machine, "beat", [*celery, "beat", "--schedule", schedule, "--pidfile="]),
    ]


def _child(machine: Machine, name: str, command: list[str]) -> Child:
    return Child(name, command, machine.log_dir / f"{name}.log", cwd=ROOT, environment={"PYTHONUNBUFFERED": "1"})


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
        # The number of engines alive, or a word when it is not known.
        return answer.status == http.HTTPStatus.OK and isinstance(engines := checks["engine"], int) and engines > 0
    except (OSError, ValueError, LookupError, http.client.HTTPException):
        return False
    finally:
        connection.close()
