"""The public page of a shared conversation, as a stranger sees it."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, ViewportSize, expect

from tests.e2e.chat import Chat, saying
from tests.e2e.product import Person
from tests.e2e.states import ANSWER
from tests.e2e.test_accessibility import barriers, look, viewport

__all__ = ["look", "viewport"]

SHARE = """async () => {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const id = location.pathname.split('/')[2];
  const response = await fetch('/api/v1/shares/', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-CSRFToken': token },
    body: JSON.stringify({ conversation_id: id }),
  });
  return (await response.json()).url;
}"""


def share(person: Person, open_context: Callable[..., BrowserContext]) -> str:
    """The link to a conversation that `person` just had."""
    chat = Chat(open_context(person).new_page()).open()
    chat.ask(saying(ANSWER))
    chat.has_answered()
    url: str = chat.page.evaluate(SHARE)
    return url


def test_a_stranger_reads_a_shared_answer_as_it_was_meant_to_look(
    open_context: Callable[..., BrowserContext], person: Person, look: tuple[ViewportSize, str]
) -> None:
    page = open_context().new_page()
    page.emulate_media(color_scheme="dark" if look[1] == "dark" else "light")
    page.goto(share(person, open_context))
    expect(page.get_by_test_id("message-assistant").locator("h2", has_text="A plan for the weekend")).to_be_visible()
    expect(page.locator(".hljs-keyword").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert barriers(page) == []


def test_without_scripts_the_page_is_plain_text(open_context: Callable[..., BrowserContext], person: Person) -> None:
    page = open_context(java_script_enabled=False).new_page()
    page.goto(share(person, open_context))
    expect(page.get_by_test_id("message-assistant")).to_contain_text("| Tea | 2 |")
