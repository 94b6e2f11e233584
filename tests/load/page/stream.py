"""The part "stream": what it costs to show an answer while it is written, and what is left of answers in memory."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from playwright.sync_api import Browser, CDPSession, Page

from tests.e2e.renderer import open_renderer, serve
from tests.load.page.findings import Findings
from tests.load.page.texts import SHAPES

CHARACTERS = int(os.environ.get("CHARACTERS", "100000"))
# As the product sends them: tokens of four characters, 100 a second, in events 40 ms apart.
CHARACTERS_PER_SECOND = 400
EVENT_SECONDS = 0.040
STEP = round(CHARACTERS_PER_SECOND * EVENT_SECONDS)
SHARE_AIM, FRAME_AIM_MS, MEMORY_AIM_MB = 0.15, 50.0, 1.0
ANSWERS, ANSWERS_BEFORE, ANSWER_CHARACTERS = 50, 10, 4_000
LENGTHS, DRAWS = 10, 2
_SCRIPT = Path(__file__).with_name("stream.js")


@dataclass(frozen=True)
class Streamed:
    """One answer that was shown while it came."""

    shape: str
    frames: list[float]
    seconds: float
    """Processor time of the page's main thread."""
    naive_ms: float
    """Of a frame when all of it is built anew each time, on average."""

    @property
    def share(self) -> float:
        """Of one core, at the pace of the product."""
        return self.seconds / (len(self.frames) * EVENT_SECONDS)

    @property
    def naive_share(self) -> float:
        """The same when all of it is built anew; no more than the core can do is not assumed."""
        return self.naive_ms / 1000 / EVENT_SECONDS

    @cached_property
    def growth(self) -> float:
        """Frames of the last fifth to those of the first; about 1 when the work does not grow with the answer."""
        fifth = max(1, len(self.frames) // 5)
        return sum(self.frames[-fifth:]) / sum(self.frames[:fifth])

    @property
    def long(self) -> int:
        """Frames that a reader would feel."""
        return sum(frame > FRAME_AIM_MS for frame in self.frames)


class MainThread:
    """What the page's main thread has done, and what its heap holds."""

    def __init__(self, page: Page) -> None:
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def seconds(self) -> float:
        """Processor time so far."""
        return self._metric("TaskDuration")

    def megabytes(self) -> float:
        """The heap after garbage was collected."""
        for _ in range(3):
            self._session.send("HeapProfiler.collectGarbage")
        return self._metric("JSHeapUsedSize") / 1e6

    def _metric(self, name: str) -> float:
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        return next(float(metric["value"]) for metric in metrics if metric["name"] == name)


def stream(page: Page, thread: MainThread, shape: str, text: str) -> Streamed:
    """Shows an answer while it comes."""
    before = thread.seconds()
    frames: list[float] = page.evaluate("([text, step]) => stream(text, step)", [text, STEP])
    seconds = thread.seconds() - before
    page.evaluate("forget()")
    naive = page.evaluate("([text, ...more]) => streamNaively(text, ...more)", [text, LENGTHS, DRAWS])
    return Streamed(shape, frames, seconds, naive)


def memory(page: Page, thread: MainThread, answers: int) -> tuple[float, float]:
    """Megabytes of heap after a few answers have come and gone, and after so many more."""
    text = SHAPES["as models write"](ANSWER_CHARACTERS)
    held = []
    for count in (ANSWERS_BEFORE, answers):
        for _ in range(count):
            page.evaluate("([text, step]) => stream(text, step).then(forget)", [text, 8 * STEP])
        held.append(thread.megabytes())
    return held[0], held[1]


def _rows(results: list[Streamed]) -> Iterator[str]:
    head = ("events", "CPU of a core", "frame p50", "p99", "worst", "> 50 ms", "growth", "naive", "ratio")
    yield f"{'shape':<18}" + "".join(f"{words:>15}" for words in head)
    for result in results:
        ordered = sorted(result.frames)
        p50, p99 = (ordered[int(len(ordered) * part)] for part in (0.5, 0.99))
        figures = (
            *(f"{len(ordered):,}", f"{result.share:.1%}", f"{p50:.1f} ms", f"{p99:.1f} ms", f"{ordered[-1]:.0f} ms"),
            *(str(result.long), f"{result.growth:.2f}×", f"{result.naive_share:.0%}"),
            f"{result.naive_share / result.share:.0f}×",
        )
        yield f"{result.shape:<18}" + "".join(f"{figure:>15}" for figure in figures)


def part(browser: Browser, folder: Path, say: Callable[[str], None]) -> Findings:
    """Streams an answer of each shape; `folder` holds the bundled renderer."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    serve(context, folder)
    page = open_renderer(context.new_page())
    page.evaluate(_SCRIPT.read_text(encoding="utf-8"))
    thread = MainThread(page)
    pace = f"{CHARACTERS_PER_SECOND // 4} tokens/s, an event every {EVENT_SECONDS * 1000:.0f} ms"
    say(f"{CHARACTERS:,} characters at {pace}")
    results = [stream(page, thread, shape, make(CHARACTERS)) for shape, make in SHAPES.items()]
    for row in _rows(results):
        say(row)
    before, after = memory(page, thread, ANSWERS)
    say(f"heap after {ANSWERS_BEFORE} answers {before:.1f} MB, after {ANSWERS} more {after:.1f} MB")
    context.close()
    aims = {f"{result.shape}: {result.share:.1%} of a core": result.share < SHARE_AIM for result in results} | {
        f"{result.shape}: {result.long} frames over 50 ms": result.long == 0 for result in results
    }
    aims[f"{after - before:+.1f} MB after {ANSWERS} answers"] = after - before < MEMORY_AIM_MB
    return Findings(aims)
