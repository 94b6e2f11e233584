"""Diagrams in answers: drawn in a sandbox, shown as pictures; their code where they cannot be."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.chat import Chat, saying
from tests.e2e.sizes import on_desktop_and_phone
from tests.e2e.watch import Watch

FLOW = "```mermaid\nflowchart LR\n  A[Begin] --> B{Is it so?}\n  B -- yes --> C[End]\n  B -- no --> A\n```"


@pytest.fixture
def context(context: BrowserContext) -> BrowserContext:
    """The browser of `person`, in which a page may use the clipboard."""
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    return context


@on_desktop_and_phone
def test_a_diagram_is_a_picture_whose_source_can_be_seen_and_copied(chat: Chat) -> None:
    chat.ask(saying(f"Look:\n\n{FLOW}\n\nThat is it.", rate=200))
    chat.has_answered()
    block = chat.text.locator("figure.code")
    picture = block.get_by_test_id("diagram").get_by_role("img")
    expect(picture).to_be_visible()
    assert (picture.get_attribute("src") or "").startswith("blob:")
    box = picture.bounding_box()
    assert box
    assert 60 < box["width"] <= (chat.page.viewport_size or {"width": 0})["width"]
    expect(block.locator("pre")).to_be_hidden()
    toggle = block.get_by_test_id("diagram-toggle")
    expect(toggle).to_have_text("Show source")
    toggle.focus()
    toggle.press("Enter")
    expect(toggle).to_have_attribute("aria-expanded", "true")
    expect(block.locator("pre")).to_contain_text("B -- yes --> C[End]")
    block.get_by_test_id("copy-code").click()
    assert chat.page.evaluate("navigator.clipboard.readText()") == "\n".join(FLOW.splitlines()[1:-1])
    toggle.click()
    expect(block.locator("pre")).to_be_hidden()


def test_a_diagram_turns_dark_with_the_page(chat: Chat) -> None:
    chat.ask(saying(FLOW))
    picture = chat.text.get_by_test_id("diagram").get_by_role("img")
    expect(picture).to_be_visible()
    light = picture.get_attribute("src") or ""
    chat.page.emulate_media(color_scheme="dark")
    expect(picture).not_to_have_attribute("src", light)
    chat.page.emulate_media(color_scheme="light")
    expect(picture).to_have_attribute("src", light)


@pytest.mark.parametrize(
    "code",
    ["flowchart LR\n  A --> --> B", "not a diagram at all"],
    ids=["wrong", "none"],
)
def test_what_cannot_be_drawn_stays_its_source(chat: Chat, code: str) -> None:
    chat.ask(saying(f"```mermaid\n{code}\n```\n\n{FLOW}"))
    chat.has_answered()
    blocks = chat.text.locator("figure.code")
    expect(blocks.first.get_by_test_id("diagram-notice")).to_contain_text("This diagram is shown as its source")
    expect(blocks.first.locator("pre")).to_be_visible()
    expect(blocks.last.get_by_test_id("diagram").get_by_role("img")).to_be_visible()


def test_a_diagram_that_is_too_long_stays_its_source(renderer: Page) -> None:
    code = "flowchart LR\n" + "  A --> B\n" * 2_500
    renderer.evaluate("(text) => view().show(text, 0, true)", f"```mermaid\n{code}```")
    expect(renderer.get_by_test_id("diagram-notice")).to_contain_text("It is too long to be drawn.")
    expect(renderer.locator("figure.code pre")).to_be_visible()


def test_a_diagram_is_not_drawn_before_its_fence_has_ended(chat: Chat) -> None:
    chat.ask(saying(FLOW.removesuffix("\n```")))
    chat.has_answered()
    expect(chat.text.locator("figure.code pre")).to_be_visible()
    expect(chat.text.get_by_test_id("diagram")).to_have_count(0)
    expect(chat.page.locator("iframe")).to_have_count(0)


def test_nothing_in_a_diagram_runs_or_leaves_the_sandbox(chat: Chat, watch: Watch) -> None:
    watch.expect("script-src|inline event handler")  # The sandbox's own policy has refused it.
    hostile = (
        '```mermaid\n%%{init: {"securityLevel": "loose", '
        '"themeCSS": "* { background: url(https://evil.example/x) }"}}%%\n'
        'flowchart LR\n  A["<img src=https://evil.example/a.png onerror=parent.owned=1>"] --> B\n'
        '  click B href "javascript:parent.owned=1"\n  style A fill:url(https://evil.example/b.png)\n```'
    )
    chat.ask(saying(hostile))
    chat.has_answered()
    block = chat.text.locator("figure.code")
    expect(block).to_have_attribute("data-diagram", re.compile("drawn|failed"))
    assert chat.page.evaluate("window.owned ?? null") is None


def test_the_page_of_diagrams_reaches_nothing(chat: Chat, watch: Watch) -> None:
    watch.expect("connect-src|Connecting to|Fetch API cannot load")
    chat.ask(saying(FLOW))
    expect(chat.text.get_by_test_id("diagram").get_by_role("img")).to_be_visible()
    frame = next(frame for frame in chat.page.frames if "diagram" in frame.url)
    assert frame.evaluate("origin") == "null"
    reached = frame.evaluate(
        """async () => {
          const tries = [() => parent.document.title, () => document.cookie, () => localStorage.length];
          const failed = tries.filter((attempt) => { try { attempt(); return false } catch { return true } }).length;
          const fetched = await fetch("/health/live").then(() => "fetched", () => "refused");
          return [failed, fetched];
        }"""
    )
    assert reached == [3, "refused"]
