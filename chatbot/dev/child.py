"""A child process of this one: in a session of its own, with a log of its own, and unable to outlive us."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep

TETHER = Path(__file__).with_name("tether.py")
LOG_LIMIT_BYTES = 10 * 1024 * 1024
POLL_SECONDS = 0.03


class StartFailed(Exception):
    """A part did not start; the message says why, the last log lines included."""


def tethered(
    command: Sequence[str], *, orphan_signal: signal.Signals = signal.SIGKILL, user: str | None = None
) -> list[str]:
    """`command` as one that gets `orphan_signal` when this process dies, run as `user` where one is given."""
    options = ["--parent", str(os.getpid()), "--signal", str(int(orphan_signal))]
    if user:
        options += ["--user", user]
    return [sys.executable, "-I", "-S", str(TETHER), *options, "--", *command]


@dataclass
class Child:
    """What to run and how it wants to be stopped; `grace` is the seconds between asking it to stop and SIGKILL."""

    name: str
    command: Sequence[str]
    log: Path
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGKILL
    user: str | None = None
    grace: float = 10.0
    cwd: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    before_start: Callable[[], None] = lambda: None
    process: subprocess.Popen[bytes] | None = None
    log_began: int = 0

    def start(self) -> None:
        """Starts it, from the main thread only (see tether)."""
        self.before_start()
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self.log_began = log.tell()
            self.process = subprocess.Popen(
                tethered(self.command, orphan_signal=self.orphan_signal, user=self.user),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.cwd,
                env={**os.environ, **self.environment},
                start_new_session=True,
            )

    @property
    def exit_code(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs (or was never started)."""
        return self.process.poll() if self.process else None

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self) -> None:
        """Sends the signal that it takes as an orderly stop."""
        if self.process and self.running:
            self.process.send_signal(self.stop_signal)

    def kill(self) -> None:
        """Ends it and whatever it started, at once."""
        if self.process and self.running:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        """Asks, waits for `grace` seconds, kills."""
        self.ask_to_stop()
        deadline = monotonic() + self.grace
        while self.running and monotonic() < deadline:
            sleep(POLL_SECONDS)
        self.kill()

    def last_lines(self, count: int = 15) -> str:
        """The end of what it logged since its start, indented."""
        if not self.log.exists():
            return ""
        logged = self.log.read_bytes()[self.log_began :].decode("utf-8", errors="replace")
        return "\n".join(f"    {line}" for line in logged.splitlines()[-count:])


def wait_until(ready: Callable[[], bool], *, children: Sequence[Child], seconds: float) -> None:
    """Polls `ready`; raises StartFailed when a child ends before, or when the time is over."""
    deadline = monotonic() + seconds
    while not ready():
        for child in children:
            if (code := child.exit_code) is not None:
                raise StartFailed(
                    f"{child.name} ended with {code}. Its last lines ({child.log}):\n{child.last_lines()}"
                )
        if monotonic() > deadline:
            names = ", ".join(child.name for child in children)
            tails = "\n".join(child.last_lines() for child in children)
            raise StartFailed(f"{names}: not ready after {seconds:.0f} s. Last lines of the log:\n{tails}")
        sleep(POLL_SECONDS)
