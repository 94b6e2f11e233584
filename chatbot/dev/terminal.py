"""What a person sees: one line a step, with its seconds. Colour and live updates only on a terminal."""

import os
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import TextIO

TICK_SECONDS = 0.25


class Step:
    """A step under way; `detail` is shown behind its seconds while it runs, `result` when it is done."""

    def __init__(self) -> None:
        self.detail = ""
        self.result = "ready"


class Terminal:
    """Writes to `stream`; a terminal that has gone away is not an error."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout
        self.live = self.stream.isatty() and os.environ.get("TERM") != "dumb"
        self.colour = self.live and "NO_COLOR" not in os.environ

    def write(self, text: str) -> None:
        """Writes without a line end."""
        with suppress(OSError, ValueError):
            self.stream.write(text)
            self.stream.flush()

    def say(self, text: str = "") -> None:
        """Writes a line."""
        self.write(f"{text}\n")

    def paint(self, text: str, code: str) -> str:
        """`text` in an ANSI style such as "1" (bold) or "31" (red), where colour is on."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text

    def warn(self, text: str) -> None:
        """Writes a line that stands out."""
        self.say(self.paint(text, "33"))

    def fail(self, text: str) -> None:
        """Writes an error."""
        self.say(self.paint(text, "31"))

    @contextmanager
    def step(self, label: str) -> Iterator[Step]:
        """Shows `label ... ready (0.8 s)`, or `failed` for an error and `stopped` for a request to stop."""
        step = Step()
        began = monotonic()
        over = threading.Event()
        head = f"  {label} ... "
        self.write(head)
        ticker = threading.Thread(target=self._tick, args=(head, step, began, over), daemon=True)
        if self.live:
            ticker.start()
        outcome = "stopped"
        try:
            yield step
            outcome = self.paint(step.result, "32")
        except Exception:
            outcome = self.paint("failed", "31")
            raise
        finally:
            over.set()
            if self.live:
                ticker.join()
                self.write(f"\r\x1b[2K{head}")
            self.say(f"{outcome} ({monotonic() - began:.1f} s)")

    def _tick(self, head: str, step: Step, began: float, over: threading.Event) -> None:
        while not over.wait(TICK_SECONDS):
            line = f"{head}{monotonic() - began:.0f} s  {step.detail}".rstrip()
            self.write(f"\r\x1b[2K{line[: shutil.get_terminal_size().columns - 1]}")
