"""axe-core looks at every page that people see."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, ViewportSize, expect

from chatbot.dev.model import ROOT
from tests.e2e.chat import Chat, saying
from tests.e2e.product import Person
from tests.e2e.sizes import DESKTOP, PHONE

AXE = ROOT / "static" / "node_modules" / "axe-core" / "axe.min.js"
ANSWER = """## A plan

Some *text* with `code`, a [link](https://example.org/) and a quotation:

> Well said.

```python
# greets
def greet(name: str = "you") -> None:
    print(f"Hello, {name}", 42)
```

| what | how much |
|---|--:|
| Tea | 2 |

1. one
2. two
"""


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


def test_the_chat_has_no_barriers(
    open_context: Callable[..., BrowserContext], person: Person, look: tuple[ViewportSize, str]
) -> None:
    chat = Chat(open_context(person).new_page())
    chat.page.emulate_media(color_scheme="dark" if look[1] == "dark" else "light")
    chat.open()
    assert barriers(chat.page) == [], "empty"
    chat.ask(saying(ANSWER))
    chat.has_answered()
    expect(chat.answer.locator(".hljs-keyword").first).to_be_visible()
    assert barriers(chat.page) == [], "filled"
    chat.ask("Are you well? [[fake: 422]]")
    chat.has_answered(status="failed")
    assert barriers(chat.page) == [], "failed"
    chat.open_sidebar()
    assert barriers(chat.page) == [], "with the list"
    row = chat.sidebar.locator("li", has=chat.conversations)
    row.hover()
    row.get_by_test_id("conversation-menu").click()
    assert barriers(chat.page) == [], "menu"
    chat.page.get_by_test_id("rename").click()
    assert barriers(chat.page) == [], "dialog"


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/signup/"])
def test_the_doors_have_no_barriers(stranger: Chat, look: tuple[ViewportSize, str], path: str) -> None:
    stranger.page.emulate_media(color_scheme="dark" if look[1] == "dark" else "light")
    stranger.page.goto(path)
    assert barriers(stranger.page) == []
