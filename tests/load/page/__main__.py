"""`make bench-page`: what the page costs its reader, in a real browser.

From the environment: PARTS, the names of parts, all by default; CHARACTERS of a streamed answer; CHROMIUM. Nothing else
should run on the machine. Exits with 1 when an aim is missed.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from chatbot.dev import browser as chromium
from tests.e2e.renderer import bundle
from tests.load.page import conversation, stream
from tests.load.page.findings import Findings

Part = Callable[[Browser, Path, Callable[[str], None]], Findings]
PARTS: dict[str, Part] = {"weight": conversation.weight, "open": conversation.part, "stream": stream.part}
# A frame begins when the one before is done: time between frames is what they cost.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-frame-rate-limit",
    "--disable-gpu-vsync",
    "--js-flags=--expose-gc",
)


def say(line: str) -> None:
    """A line of the report, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Runs the parts and prints."""
    names = os.environ.get("PARTS", ",".join(PARTS)).split(",")
    if unknown := set(names) - set(PARTS):
        sys.exit(f"There is no part {', '.join(sorted(unknown))}: PARTS may name {', '.join(PARTS)}.")
    path = chromium.find()
    if not path:
        sys.exit(f"No Chromium: run `{sys.executable} -m chatbot.dev.browser` once.")
    missed = []
    with tempfile.TemporaryDirectory(prefix="chatbot-page-") as name, sync_playwright() as playwright:
        bundle(Path(name))
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        for part in names:
            say(f"\n{part}")
            missed += PARTS[part](browser, Path(name), say).missed()
        browser.close()
    say("")
    if missed:
        sys.exit("missed: " + "; ".join(missed))
    say("Every aim is reached.")


if __name__ == "__main__":
    main()
