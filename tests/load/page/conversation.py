"""The parts "weight" and "open": what the page weighs, and how a very long conversation opens and scrolls, with a live
product behind it.
"""

import gzip
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, BrowserContext, Page, Response

from chatbot.dev.fakellm import FakeLLMThread
from tests.e2e.product import Product, running
from tests.e2e.talks import make_talk
from tests.load.page.findings import Findings

MESSAGES = int(os.environ.get("MESSAGES", "10000"))
RUNS = int(os.environ.get("RUNS", "20"))
SCRIPTS_AIM_BYTES, STYLES_AIM_BYTES = 60_000, 20_000
OPEN_AIM_MS, FRAME_AIM_MS, ROWS_AIM = 500.0, 50.0, 400
_SCRIPT = Path(__file__).with_name("conversation.js")


@dataclass(frozen=True)
class Stage:
    """A product with somebody signed in, and their very long conversation."""

    product: Product
    context: BrowserContext
    talk: str

    def page(self, path: str = "/") -> Page:
        """Opened there."""
        page = self.context.new_page()
        page.goto(f"{self.product.url}{path}")
        return page


@contextmanager
def _stage(browser: Browser, messages: int) -> Iterator[Stage]:
    with FakeLLMThread() as provider, running(provider.base_url) as product:
        _, person = product.make_people(1)
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        context.add_cookies([{"name": "sessionid", "value": person.session, "url": product.url}])
        context.add_init_script(_SCRIPT.read_text(encoding="utf-8"))
        yield Stage(product, context, str(make_talk(product, person.username, messages)) if messages else "")
        context.close()


def weight(browser: Browser, folder: Path, say: Callable[[str], None]) -> Findings:
    """What the first visit loads, each file gzipped by itself."""
    del folder
    loaded: dict[str, list[tuple[str, int]]] = {"script": [], "stylesheet": [], "font": []}
    with _stage(browser, 0) as stage:

        def note(response: Response) -> None:
            kind = response.request.resource_type
            if kind in loaded:
                loaded[kind].append((response.url.rpartition("/")[2], len(gzip.compress(response.body()))))

        page = stage.context.new_page()
        page.on("response", note)
        page.goto(stage.product.url, wait_until="networkidle")
    sums = {kind: sum(size for _, size in files) for kind, files in loaded.items()}
    for kind, files in loaded.items():
        say(f"{kind:<11}{sums[kind]:>9,} B  " + ", ".join(f"{name} {size:,}" for name, size in sorted(files)))
    return Findings(
        {
            f"scripts {sums['script']:,} B": sums["script"] <= SCRIPTS_AIM_BYTES,
            f"styles {sums['stylesheet']:,} B": sums["stylesheet"] <= STYLES_AIM_BYTES,
        }
    )


def _worst(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def part(browser: Browser, folder: Path, say: Callable[[str], None]) -> Findings:
    """Opens a conversation of MESSAGES messages by its address and from the list, and scrolls through all of it."""
    del folder
    with _stage(browser, MESSAGES) as stage:
        address = f"/c/{stage.talk}/"
        page = stage.page(address)
        by_address = [_opened_by_address(page) for _ in range(RUNS)]
        from_list = [float(page.evaluate("(path) => openFromList(path)", address)) for _ in range(RUNS)]
        scrolled = page.evaluate("(count) => scrollThrough(count)", MESSAGES)
    frames: list[float] = scrolled["frames"]
    long = sum(frame > FRAME_AIM_MS for frame in frames)
    for name, times in (("by its address", by_address), ("from the list", from_list)):
        say(f"opened {name:<15} p50 {median(times):>6.0f} ms  p99 {_worst(times, 0.99):>6.0f} ms  ({RUNS} times)")
    say(
        f"scrolled through {scrolled['seen']:,} messages in {len(frames):,} frames: p50 {median(frames):.1f} ms, "
        f"p99 {_worst(frames, 0.99):.1f} ms, worst {max(frames):.0f} ms, {long} over {FRAME_AIM_MS:.0f} ms; "
        f"at most {scrolled['rows']} rows on the page"
    )
    return Findings(
        {
            f"opened by its address in {_worst(by_address, 0.99):.0f} ms": _worst(by_address, 0.99) < OPEN_AIM_MS,
            f"opened from the list in {_worst(from_list, 0.99):.0f} ms": _worst(from_list, 0.99) < OPEN_AIM_MS,
            f"{long} frames over {FRAME_AIM_MS:.0f} ms": long == 0,
            f"{scrolled['rows']} rows": scrolled["rows"] <= ROWS_AIM,
            f"{scrolled['seen']:,} messages seen": scrolled["seen"] >= MESSAGES,
        }
    )


def _opened_by_address(page: Page) -> float:
    page.reload()
    return float(page.evaluate("() => opened"))
