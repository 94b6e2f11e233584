"""Answers are rendered under Trusted Types, and nothing makes HTML past them."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.chat import Chat, saying
from tests.e2e.markdown_samples import SAMPLES
from tests.e2e.test_share import SHARE
from tests.e2e.watch import Watch

ANSWER = SAMPLES["everyday"] + "\n\n" + SAMPLES["formulas"] + "\n\n```mermaid\nflowchart LR\n  A --> B\n```\n"
_IS_REFUSED = "() => { try { document.createElement('p').innerHTML = '<b>'; return false } catch { return true } }"


def is_rendered(page: Page) -> None:
    """Every part of the answer is drawn, those that are loaded with it as well."""
    answer = page.get_by_test_id("message-assistant")
    expect(answer.get_by_role("heading", name="A title")).to_be_visible()
    expect(answer.locator("math").first).to_be_attached()
    expect(answer.locator(".hljs-keyword").first).to_be_attached()
    expect(answer.get_by_test_id("diagram").locator("img")).to_be_visible()


def test_an_answer_breaks_no_rule_and_html_from_text_is_refused(
    chat: Chat, watch: Watch, open_context: Callable[..., BrowserContext]
) -> None:
    chat.ask(saying(ANSWER, rate=400))
    chat.has_answered()
    is_rendered(chat.page)
    shared = open_context().new_page()
    shared.goto(chat.page.evaluate(SHARE))
    is_rendered(shared)
    assert not watch.faults()
    watch.expect("TrustedHTML|require-trusted-types-for")
    for page in (chat.page, shared):
        assert page.evaluate(_IS_REFUSED)
