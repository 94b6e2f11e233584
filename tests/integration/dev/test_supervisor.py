import io
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatbot.dev.child import Child, StartFailed, wait_until
from chatbot.dev.supervisor import SIGNALS, StopRequested, Supervisor
from chatbot.dev.terminal import Terminal

STAYS = "import signal, sys; print('began', flush=True); signal.pause()"
NOTES_ITS_END = """
import signal, sys
def end(*_):
    open(sys.argv[1], "a").write(sys.argv[2])
    sys.exit()
signal.signal(signal.SIGTERM, end)
print("began", flush=True)
signal.pause()
"""
IGNORES_SIGTERM = (
    "import signal; signal.signal(15, signal.SIG_IGN); print('began', flush=True)\nwhile True: signal.pause()"
)


@pytest.fixture
def screen() -> io.StringIO:
    """What a person would see."""
    return io.StringIO()


@pytest.fixture
def supervisor(screen: io.StringIO) -> Iterator[Supervisor]:
    """One without children; the signal handlers of pytest come back afterwards."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield Supervisor(Terminal(screen))
    for number, handler in before.items():
        signal.signal(number, handler)


def child(folder: Path, name: str, program: str, *arguments: str, grace: float = 5) -> Child:
    return Child(name, [sys.executable, "-c", program, *arguments], folder / f"{name}.log", grace=grace)


def began(*children: Child) -> Callable[[], bool]:
    return lambda: all("began" in child.last_lines() for child in children)


def watch(supervisor: Supervisor, one: Child, then: Callable[[], None] = lambda: None) -> None:
    with supervisor:
        supervisor.start(one)
        then()
        supervisor.watch()


def test_groups_end_in_the_opposite_order_of_their_start(supervisor: Supervisor, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    children = [child(tmp_path, name, NOTES_ITS_END, str(notes), name) for name in "abc"]
    with supervisor:
        for one in children:
            supervisor.start(one)
        wait_until(began(*children), children=children, seconds=10)
    assert notes.read_text() == "cba"


def test_a_process_that_ignores_the_request_is_killed_after_its_grace(supervisor: Supervisor, tmp_path: Path) -> None:
    stubborn = child(tmp_path, "stubborn", IGNORES_SIGTERM, grace=0.2)
    with supervisor:
        supervisor.start(stubborn)
        wait_until(began(stubborn), children=[stubborn], seconds=10)
    assert stubborn.exit_code == -signal.SIGKILL


def test_a_signal_ends_the_watch_and_what_was_started(supervisor: Supervisor, tmp_path: Path) -> None:
    one = child(tmp_path, "one", STAYS)
    with pytest.raises(StopRequested):
        watch(supervisor, one, then=lambda: os.kill(os.getpid(), signal.SIGTERM))
    assert not one.running


def test_a_crash_is_told_with_the_last_lines_and_mended(
    supervisor: Supervisor, screen: io.StringIO, tmp_path: Path
) -> None:
    flag = tmp_path / "flag"
    # Crashes once; its second life asks us to stop.
    program = (
        "import os, pathlib, sys, signal; flag = pathlib.Path(sys.argv[1])\n"
        "if flag.exists(): os.kill(os.getppid(), signal.SIGTERM); signal.pause()\n"
        "flag.touch(); sys.exit('out of luck')"
    )
    with pytest.raises(StopRequested):
        watch(supervisor, child(tmp_path, "fragile", program, str(flag)))
    assert "fragile ended unexpectedly (exit code 1); starting it again in 0.5 s." in screen.getvalue()
    assert "out of luck" in screen.getvalue()


def test_a_process_that_ends_before_it_is_ready_is_named_with_its_last_lines(tmp_path: Path) -> None:
    broken = child(tmp_path, "broken", "import sys; sys.exit('no such table')")
    broken.start()
    with pytest.raises(StartFailed, match=r"(?s)broken ended with 1.*no such table"):
        wait_until(lambda: False, children=[broken], seconds=10)


def test_a_log_shows_only_the_lines_of_this_start(tmp_path: Path) -> None:
    one = child(tmp_path, "one", "import sys; print(sys.argv)", "first")
    one.start()
    wait_until(lambda: not one.running, children=[], seconds=10)
    one.command = [*one.command[:-1], "second"]
    one.start()
    wait_until(lambda: not one.running, children=[], seconds=10)
    assert "second" in one.last_lines()
    assert "first" not in one.last_lines()
