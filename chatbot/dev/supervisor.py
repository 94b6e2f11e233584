"""Keeps the processes of one machine: starts them, starts crashed ones again, stops all in order."""

import signal
from collections.abc import Iterable
from time import monotonic, sleep
from types import FrameType, TracebackType
from typing import Self

from chatbot.dev.child import POLL_SECONDS, Child
from chatbot.dev.terminal import Terminal

WATCH_SECONDS = 0.25
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 30.0
# After running this long a process starts with the first pause again.
STEADY_SECONDS = 60.0
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(BaseException):
    """A signal asked for the end; like KeyboardInterrupt it passes every `except Exception`."""


class Supervisor:
    """Use it in a `with`: leaving stops everything, whatever the reason. A second signal stops at once."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.groups: list[list[Child]] = []
        self.stopping = False
        self.hurry = False
        self._due: dict[str, float] = {}
        self._pause: dict[str, float] = {}
        self._began: dict[str, float] = {}

    def __enter__(self) -> Self:
        for number in SIGNALS:
            signal.signal(number, self._on_signal)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.stopping = True
        self.stop()

    def start(self, *children: Child, join: bool = False) -> None:
        """Starts a group, or more members of the last one. Groups stop in the opposite order, members together."""
        if not join:
            self.groups.append([])
        for child in children:
            self.groups[-1].append(child)
            self._begin(child)

    def watch(self) -> None:
        """Starts again what ends by itself, later each time; returns only by StopRequested."""
        while True:
            for child in self._children():
                if not child.running:
                    self._start_again(child)
            sleep(WATCH_SECONDS)

    def stop(self) -> None:
        """Ends every group, the youngest first, each process within its grace."""
        for group in reversed(self.groups):
            for child in group:
                child.ask_to_stop()
            began = monotonic()
            while any(child.running for child in group):
                for child in group:
                    if self.hurry or monotonic() > began + child.grace:
                        child.kill()
                sleep(POLL_SECONDS)
        self.groups.clear()

    def _children(self) -> Iterable[Child]:
        return [child for group in self.groups for child in group]

    def _begin(self, child: Child) -> None:
        self._began[child.name] = monotonic()
        child.start()

    def _start_again(self, child: Child) -> None:
        now = monotonic()
        if child.name not in self._due:
            steady = now > self._began[child.name] + STEADY_SECONDS
            pause = FIRST_PAUSE_SECONDS if steady else self._pause.get(child.name, FIRST_PAUSE_SECONDS)
            self._due[child.name] = now + pause
            self._pause[child.name] = min(pause * 2, LONGEST_PAUSE_SECONDS)
            how = f"ended unexpectedly ({_reason(child.exit_code)})"
            self.terminal.warn(f"  {child.name} {how}; starting it again in {pause:.1f} s. The end of {child.log}:")
            self.terminal.say(child.last_lines())
        elif now >= self._due[child.name]:
            del self._due[child.name]
            self._begin(child)

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        if self.stopping:
            self.hurry = True
            return
        self.stopping = True
        raise StopRequested


def _reason(code: int | None) -> str:
    if code is not None and code < 0:
        return signal.Signals(-code).name
    return f"exit code {code}"
