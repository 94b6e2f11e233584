"""`make screenshots`: every state of the chat and every page beside it, on a desktop and a phone, light and dark, as
pictures in VAR_DIR/screenshots, by default var/screenshots.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

from chatbot.dev import browser as chromium
from chatbot.dev.fakellm import FakeLLMThread
from chatbot.dev.model import ROOT
from tests.e2e.chat import Chat, saying
from tests.e2e.product import Person, Product, running
from tests.e2e.sizes import DESKTOP, PHONE
from tests.e2e.states import ANSWER, every_state
from tests.e2e.test_share import SHARE

SIZES: dict[str, ViewportSize] = {"desktop": DESKTOP, "phone": PHONE}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
STRANGERS = {
    "log in": "/accounts/login/",
    "sign up": "/accounts/signup/",
    "not found": "/nowhere/",
    "offline page": "/offline/",
}
OWN = {
    **{"account": "/accounts/", "profile": "/accounts/profile/", "sessions": "/accounts/sessions/"},
    **{"programs": "/accounts/programs/", "exports": "/accounts/exports/", "second factor": "/accounts/2fa/"},
}
PATIENCE_MS = 15_000


def _context(
    browser: Browser, product: Product, person: Person | None, size: str, theme: str, **more: bool
) -> BrowserContext:
    touch = size == "phone"
    context = browser.new_context(
        base_url=product.url,
        viewport=SIZES[size],
        is_mobile=touch,
        has_touch=touch,
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
        locale="en-GB",
        **more,  # type: ignore[arg-type]
    )
    context.set_default_timeout(PATIENCE_MS)
    if person:
        context.add_cookies([{"name": "sessionid", "value": person.session, "url": product.url}])
    return context


def _pictures(
    browser: Browser, product: Product, people: list[Person], size: str, theme: str
) -> Iterator[tuple[str, Page]]:
    person, plain = people
    stranger = _context(browser, product, None, size, theme).new_page()
    for name, path in STRANGERS.items():
        stranger.goto(path)
        yield name, stranger
    context = _context(browser, product, person, size, theme)
    talk = "/"
    with tempfile.TemporaryDirectory() as folder:
        for name, chat in every_state(Chat(context.new_page()).open(), context, Path(folder)):
            yield f"chat {name}", chat.page
            talk = chat.page.url if name == "answered" else talk
    page = context.new_page()
    for name, path in OWN.items():
        page.goto(path)
        yield name, page
    page.goto(talk)
    stranger.goto(page.evaluate(SHARE))
    yield "shared", stranger
    without = _context(browser, product, plain, size, theme, java_script_enabled=False).new_page()
    without.goto("/")
    without.get_by_test_id("composer-input").fill(saying(ANSWER))
    without.get_by_test_id("send").click()
    expect(without.get_by_test_id("message-assistant").last).to_have_attribute(
        "data-status", "completed", timeout=PATIENCE_MS
    )
    yield "without scripts", without
    context.close()


def main() -> None:
    """Takes them all."""
    path = os.environ.get("CHROMIUM") or chromium.find()
    if not path:
        sys.exit(f"No Chromium: run `{sys.executable} -m chatbot.dev.browser` once.")
    folder = Path(os.environ.get("VAR_DIR", ROOT / "var")) / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=PATIENCE_MS)
    with FakeLLMThread() as provider, running(provider.base_url) as product, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        people = product.make_people(2 * len(SIZES) * len(THEMES))[1:]
        for size in SIZES:
            for theme in THEMES:
                pair, people = people[:2], people[2:]
                for number, (name, page) in enumerate(_pictures(browser, product, pair, size, theme), 1):
                    page.screenshot(path=folder / f"{size} {theme} {number:02} {name}.png", animations="disabled")
        browser.close()
    sys.stdout.write(f"{len(list(folder.iterdir()))} pictures in {folder}\n")


if __name__ == "__main__":
    main()
