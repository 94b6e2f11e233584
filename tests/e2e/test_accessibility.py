"""axe-core looks at every page that people see."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, ViewportSize

from chatbot.dev.model import ROOT
from tests.e2e.chat import Chat
from tests.e2e.product import Person
from tests.e2e.sizes import DESKTOP, PHONE
from tests.e2e.states import every_state
from tests.e2e.watch import Watch

AXE = ROOT / "static" / "node_modules" / "axe-core" / "axe.min.js"


def barriers(page: Page) -> list[str]:
    """What axe-core finds, a line for each element."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate("async () => (await axe.run(document)).violations")
    return [
        f"{violation['id']}: {violation['help']}: {node['html'][:200]} {node['failureSummary']}"
        for violation in found
        for node in violation["nodes"]
    ]


@pytest.fixture(
    params=[(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light"), (PHONE, "dark")],
    ids=["1280x800 light", "1280x800 dark", "390x844 light", "390x844 dark"],
)
def look(request: pytest.FixtureRequest) -> tuple[ViewportSize, str]:
    """The size of the window, and the system's theme."""
    size, theme = request.param
    return size, theme


@pytest.fixture
def viewport(look: tuple[ViewportSize, str]) -> ViewportSize:
    """The size of the window."""
    return look[0]


@pytest.mark.parametrize("look", [(DESKTOP, "light"), (PHONE, "dark")], ids=["1280x800 light", "390x844 dark"])
def test_no_state_of_the_chat_has_a_barrier(
    open_context: Callable[..., BrowserContext],
    person: Person,
    look: tuple[ViewportSize, str],
    watch: Watch,
    tmp_path: Path,
) -> None:
    watch.expect("status of 400")
    watch.expect("ERR_INTERNET_DISCONNECTED")
    # What was pointed at when it was deleted.
    watch.expect("status of 404")
    context = open_context(person)
    chat = Chat(context.new_page())
    chat.page.emulate_media(color_scheme="dark" if look[1] == "dark" else "light")
    found = [
        f"{name}: {line}" for name, _ in every_state(chat.open(), context, tmp_path) for line in barriers(chat.page)
    ]
    assert found == []


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/signup/"])
def test_the_doors_have_no_barriers(stranger: Chat, look: tuple[ViewportSize, str], path: str) -> None:
    stranger.page.emulate_media(color_scheme="dark" if look[1] == "dark" else "light")
    stranger.page.goto(path)
    assert barriers(stranger.page) == []
