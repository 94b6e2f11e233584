import os
import signal
import subprocess
import sys
from collections.abc import Callable

from chatbot.dev.child import TETHER, tethered
from tests.integration.dev.processes import is_alive

PARENT = """
import subprocess, sys
from chatbot.dev.child import tethered
child = subprocess.Popen(tethered([sys.executable, "-c", "import signal; signal.pause()"]), start_new_session=True)
print(child.pid, flush=True)
child.wait()
"""


def test_a_child_dies_with_its_killed_parent(eventually: Callable[..., None]) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_alive(child)
        parent.kill()
    eventually(lambda: not is_alive(child), 5)


def test_a_command_whose_parent_is_gone_already_never_starts() -> None:
    command = [sys.executable, "-I", "-S", str(TETHER), "--parent", "1", "--signal", "9", "--", "/bin/echo", "started"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")


def test_the_command_keeps_its_arguments_and_exit_code() -> None:
    done = subprocess.run(
        tethered(["/bin/sh", "-c", 'echo "$1"; exit 7', "--", "a b"]), capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (7, b"a b\n")


def test_as_root_the_command_runs_as_the_given_user() -> None:
    user = "nobody" if os.geteuid() == 0 else None
    done = subprocess.run(
        tethered(["/usr/bin/id", "-u"], orphan_signal=signal.SIGTERM, user=user),
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) != 0
