"""A running product, a browser, and people in it.

Everything of Playwright's lives no longer than this package: while its synchronous API is open, a loop counts as
running in this thread, and neither asynchronous tests nor Django's ORM work beside it.
"""

import os
import sys
from collections.abc import Callable, Iterator
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, ViewportSize, expect, sync_playwright

from chatbot.dev import browser as chromium
from chatbot.dev.fakellm import FakeLLMThread
from tests.e2e.chat import Chat
from tests.e2e.product import Person, Product, running
from tests.e2e.renderer import ORIGIN, bundle, open_renderer, serve
from tests.e2e.sizes import DESKTOP, PHONE
from tests.e2e.watch import Watch
from tests.integration.accounts.oidc_server import CLIENT_ID, CLIENT_SECRET, OidcServer

# Made at once. Each person belongs to one test, so that no limit of a user joins two of them.
PEOPLE = 80
PATIENCE_MS = 10_000
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-quic", "--no-first-run"),
    *("--disable-component-update", "--disable-sync"),
)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """A failed test leaves a screenshot in test-results/, unless the command line says otherwise."""
    if config.option.screenshot == "off":
        config.option.screenshot = "only-on-failure"


@pytest.fixture(scope="package")
def provider() -> Iterator[FakeLLMThread]:
    """The provider that the product asks."""
    with FakeLLMThread() as thread:
        yield thread


@pytest.fixture(scope="package")
def oidc() -> Iterator[OidcServer]:
    """The organisation's own accounts, in which everybody signs in as the person that the test says."""
    with OidcServer() as server:
        yield server


@pytest.fixture(scope="package")
def product(provider: FakeLLMThread, oidc: OidcServer) -> Iterator[Product]:
    """The product, running."""
    known = {"OIDC_ISSUER": oidc.issuer, "OIDC_CLIENT_ID": CLIENT_ID, "OIDC_CLIENT_SECRET": CLIENT_SECRET}
    with running(provider.base_url, **known, OIDC_NAME="Example Corp") as started:
        yield started


@pytest.fixture(scope="package")
def people(product: Product) -> Iterator[Person]:
    """First the administrator, then users without a past, one after the other, as many as are asked for."""
    batches = map(product.make_people, repeat(PEOPLE))
    return chain(next(batches), chain.from_iterable(batch[1:] for batch in batches))


@pytest.fixture(scope="package")
def administrator(people: Iterator[Person]) -> Person:
    """Who may do everything."""
    return next(people)


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """pytest-playwright's, but ended with this package."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def browser(playwright: Playwright, browser_type_launch_args: dict[str, Any]) -> Iterator[Browser]:
    """The Chromium of `make test`, or the one that is found."""
    path = os.environ.get("CHROMIUM") or chromium.find()
    assert path, f"No Chromium: run `{sys.executable} -m chatbot.dev.browser` once."
    started = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS), **browser_type_launch_args)
    expect.set_options(timeout=PATIENCE_MS)
    yield started
    started.close()


@pytest.fixture(scope="package")
def browser_context_args(product: Product) -> dict[str, Any]:
    """What all contexts share."""
    return {"base_url": product.url, "locale": "en-GB", "color_scheme": "light", "reduced_motion": "reduce"}


@pytest.fixture(scope="package")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The modules of the renderer of answers."""
    folder = tmp_path_factory.mktemp("renderer")
    bundle(folder)
    return folder


@pytest.fixture(scope="module")
def renderer(browser: Browser, bundled: Path) -> Iterator[Page]:
    """A page that holds nothing but the renderer, without the product: `view()` makes a view of a text that grows."""
    context = browser.new_context(viewport=DESKTOP)
    context.set_default_timeout(PATIENCE_MS)
    watching = Watch(ORIGIN)
    watching.look_at(context)
    serve(context, bundled)
    yield open_renderer(context.new_page())
    context.close()
    assert not watching.faults()


@pytest.fixture
def viewport() -> ViewportSize:
    """The size of the window; tests that matter on a phone too are parametrised over it."""
    return DESKTOP


@pytest.fixture
def watch(product: Product) -> Iterator[Watch]:
    """Fails the test when a page did what it should not."""
    watching = Watch(product.url)
    yield watching
    assert not watching.faults()


@pytest.fixture
def open_context(
    watch: Watch, new_context: Callable[..., BrowserContext], viewport: ViewportSize
) -> Callable[..., BrowserContext]:
    """Opens browsers of strangers, or of the person given."""

    def open_one(person: Person | None = None, **options: Any) -> BrowserContext:
        touch = viewport == PHONE
        context = new_context(viewport=viewport, is_mobile=touch, has_touch=touch, **options)
        context.set_default_timeout(PATIENCE_MS)
        watch.look_at(context)
        if person:
            context.add_cookies([{"name": "sessionid", "value": person.session, "url": watch.origin}])
        return context

    return open_one


@pytest.fixture
def stranger(open_context: Callable[..., BrowserContext]) -> Chat:
    """A tab in which nobody is logged in."""
    return Chat(open_context().new_page())


@pytest.fixture
def person(administrator: Person, people: Iterator[Person]) -> Person:
    """A user of this test alone."""
    return next(people)


@pytest.fixture
def context(open_context: Callable[..., BrowserContext], person: Person) -> BrowserContext:
    """The browser of `person`."""
    return open_context(person)


@pytest.fixture
def chat(context: BrowserContext) -> Chat:
    """The empty chat page of `person`."""
    return Chat(context.new_page()).open()
