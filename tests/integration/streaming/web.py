"""The web process as it is served, on a port of its own, over the database of the tests."""

import http.client
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.db import connection

from chatbot.dev import ports
from chatbot.dev.child import Child, wait_until
from chatbot.dev.model import ROOT

START_SECONDS = 90.0


@contextmanager
def serving(asgi_server: str, folder: Path) -> Iterator[str]:
    """`manage.py serve`; gives its address. It forgets models and keys at once, as each test has its own."""
    port = ports.keep(folder / "ports.json", ["web"])["web"]
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    child = Child(
        "web",
        [sys.executable, str(ROOT / "manage.py"), "serve"],
        folder / "web.log",
        environment={
            "PORT": str(port),
            "ASGI_SERVER": asgi_server,
            "DATABASE_URL": urlunsplit(database),
            "CATALOGUE_SECONDS": "0",
        },
        grace=20.0,
    )
    child.start()
    try:
        wait_until(lambda: _answers(port), children=[child], seconds=START_SECONDS)
        yield f"http://127.0.0.1:{port}"
    finally:
        child.stop()


def _answers(port: int) -> bool:
    asking = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        asking.request("GET", "/health/live")
        return asking.getresponse().status == 200
    except OSError:
        return False
    finally:
        asking.close()


def run_script(command: list[str], **environment: str) -> str:
    """What a client's script prints; fails with what it complained of."""
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environment}
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
