"""A bench of history: its own servers, filled, asked, and cleared away again."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec

from chatbot.dev.child import StartFailed, tethered
from chatbot.dev.model import ROOT
from tests.load.history.fill import fill
from tests.load.history.people import make_crowd
from tests.load.history.results import Findings
from tests.load.stage import stage

SERVER = "uvicorn"
# A folder in which the history stays for the next run.
KEEP = os.environ.get("KEEP", "")


def _quarter_of_memory() -> int:
    """Megabytes that PostgreSQL's manual advises for `shared_buffers`."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 4_000_000


def bench(messages: int, runs: int) -> Findings:
    """Asks a history of so many messages, each kind of question `runs` times; raises StartFailed."""
    folder = Path(KEEP) / str(messages) if KEEP else None
    with stage(durable=False, shared_buffers=f"{_quarter_of_memory()}MB", kept=folder) as on:
        filled = on.folder / "filled"
        if not filled.exists():
            fill(on.postgres.url(), make_crowd(messages), messages)
            filled.touch()
        on.serve(SERVER)
        code = f"from tests.load.history.measure import measure; measure({messages}, {runs})"
        line = tethered([sys.executable, str(ROOT / "manage.py"), "shell", "-v", "0", "-c", code])
        done = subprocess.run(line, env=on.environment, cwd=ROOT, capture_output=True, check=False)
        if done.returncode:
            raise StartFailed(f"measuring failed:\n{done.stderr.decode()}")
        return msgspec.json.decode(done.stdout, type=Findings)
