import http.client
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chatbot.dev import ports
from chatbot.dev.child import tethered
from chatbot.dev.model import ROOT
from tests.integration.dev.processes import descendants, is_alive

pytestmark = pytest.mark.timeout(180)
STOP_SECONDS = 30


@pytest.fixture
def port(bare_environment: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """A free port for the web process; the model is somebody else's, who is not there."""
    chosen = ports.keep(bare_environment / "web.json", ["web"])["web"]
    monkeypatch.setenv("PORT", str(chosen))
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    return chosen


@contextmanager
def up() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`manage.py up`, ready, with what it said so far."""
    command = tethered([sys.executable, str(ROOT / "manage.py"), "up"], orphan_signal=signal.SIGTERM)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as process:
        said = []
        try:
            for line in process.stdout or ():
                said.append(line)
                if "Ctrl-C stops everything" in line:
                    break
            assert process.poll() is None, "".join(said)
            yield process, "".join(said)
        finally:
            if process.poll() is None:
                process.kill()


def health(port: int) -> dict[str, object]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/health/ready")
    body: dict[str, object] = json.loads(connection.getresponse().read())
    connection.close()
    return body


def test_two_starts_serve_and_only_the_first_shows_a_login(port: int, eventually: Callable[..., None]) -> None:
    with up() as (process, said):
        assert f"http://127.0.0.1:{port}" in said
        assert "Log in as admin, password: " in said
        assert health(port)["status"] == "ok"
        family = descendants(process.pid)
        assert len(family) >= 6
        process.send_signal(signal.SIGINT)
        assert process.wait(STOP_SECONDS) == 0
        eventually(lambda: not any(map(is_alive, family)), 5)
    with up() as (process, said):
        assert "Log in as" not in said
        family = descendants(process.pid)
        process.kill()
        eventually(lambda: not any(map(is_alive, family)), STOP_SECONDS)


def test_a_crashed_process_is_started_again_and_a_second_start_is_refused(
    port: int, eventually: Callable[..., None]
) -> None:
    with up() as (process, _):
        second = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), "up"], capture_output=True, text=True, check=False
        )
        assert second.returncode == 1
        assert f"Already running (process {process.pid})" in second.stderr
        engine = next(pid for pid in descendants(process.pid) if b"runengine" in _command(pid))
        os.kill(engine, signal.SIGKILL)
        eventually(lambda: any(b"runengine" in _command(pid) for pid in descendants(process.pid) - {engine}), 30)
        process.terminate()
        assert "engine ended unexpectedly (SIGKILL)" in process.communicate(timeout=STOP_SECONDS)[0]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def test_the_scripted_provider_runs_in_place_of_the_model(
    port: int, bare_environment: Path, monkeypatch: pytest.MonkeyPatch, eventually: Callable[..., None]
) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL")
    monkeypatch.setenv("FAKE", "1")
    with up() as (process, said):
        assert "Scripted provider" in said
        assert "Local model" not in said
        family = descendants(process.pid)
        doctor = [sys.executable, str(ROOT / "manage.py"), "doctor"]
        found = subprocess.run(doctor, capture_output=True, text=True, check=False).stdout
        assert re.search(r"ok\s+Provider: \S*fake-1 \d+ ms", found), found
        process.send_signal(signal.SIGINT)
        assert process.wait(STOP_SECONDS) == 0
        eventually(lambda: not any(map(is_alive, family)), 5)
