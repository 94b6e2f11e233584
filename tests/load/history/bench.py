"""A bench of history: its own servers, filled, asked, and cleared away again."""

import subprocess
import sys

import msgspec

from chatbot.dev.child import StartFailed, tethered
from chatbot.dev.model import ROOT
from tests.load.history.fill import fill
from tests.load.history.people import make_crowd
from tests.load.history.results import Findings
from tests.load.stage import stage

SERVER = "uvicorn"


def bench(messages: int, runs: int) -> Findings:
    """Asks a history of so many messages, each kind of question `runs` times; raises StartFailed."""
    with stage(durable=False) as on:
        fill(on.postgres.url(), make_crowd(messages), messages)
        on.serve(SERVER)
        code = f"from tests.load.history.measure import measure; measure({messages}, {runs})"
        line = tethered([sys.executable, str(ROOT / "manage.py"), "shell", "-v", "0", "-c", code])
        done = subprocess.run(line, env=on.environment, cwd=ROOT, capture_output=True, check=False)
        if done.returncode:
            raise StartFailed(f"measuring failed:\n{done.stderr.decode()}")
        return msgspec.json.decode(done.stdout, type=Findings)
