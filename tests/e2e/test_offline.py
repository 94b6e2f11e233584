"""The chat without a connection."""

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.e2e.chat import Chat, saying
from tests.e2e.test_update import is_served, until
from tests.e2e.watch import Watch

KEPT = """async () => {
  const database = await new Promise((resolve) => {
    const request = indexedDB.open("chatbot");
    request.onsuccess = () => resolve(request.result);
  });
  const rows = (name) => new Promise((resolve) => {
    const request = database.transaction(name).objectStore(name).getAll();
    request.onsuccess = () => resolve(request.result.length);
  });
  const kept = [];
  for (const name of database.objectStoreNames) kept.push(await rows(name));
  database.close();
  const drafts = Object.keys(localStorage).filter((key) => key.startsWith("draft:"));
  const pages = (await caches.keys()).filter((key) => key.startsWith("pages-"));
  return kept.reduce((sum, count) => sum + count, drafts.length + pages.length);
}"""

ALL_ENDED = """async () => {
  const database = await new Promise((resolve) => {
    const request = indexedDB.open("chatbot");
    request.onsuccess = () => resolve(request.result);
  });
  const rows = await new Promise((resolve) => {
    const request = database.transaction("messages").objectStore("messages").getAll();
    request.onsuccess = () => resolve(request.result);
  });
  database.close();
  return rows.length === 2 && rows.every(({ messages }) => messages.length === 2 && messages[1].status === "completed");
}"""


@pytest.fixture(autouse=True)
def disconnected(watch: Watch) -> None:
    """The browser says so itself."""
    watch.expect("ERR_INTERNET_DISCONNECTED")
    watch.expect("An unknown error occurred when fetching the script")


def test_messages_written_offline_are_sent_once_and_in_order_on_return(chat: Chat, context: BrowserContext) -> None:
    chat.ask(saying("Before"))
    chat.has_answered("Before")
    address = chat.page.url
    context.set_offline(True)
    for number in range(5):
        chat.composer.fill(saying(f"Answer {number}"))
        chat.composer.press("Enter")
        expect(chat.questions).to_have_count(number + 2)
    expect(chat.questions.last).to_have_attribute("data-status", "sending")
    chat.page.close()
    context.set_offline(False)
    again = Chat(context.new_page()).open(address)
    expect(again.questions).to_have_count(6)
    expect(again.answers).to_have_count(6)
    again.has_answered("Answer 4")
    expect(again.answers.locator(".prose")).to_have_text(["Before", *(f"Answer {number}" for number in range(5))])
    again.page.reload()
    expect(again.answers.locator(".prose")).to_have_text(["Before", *(f"Answer {number}" for number in range(5))])


def test_a_new_conversation_begun_offline_stays_one(chat: Chat, context: BrowserContext) -> None:
    context.set_offline(True)
    for number in range(3):
        chat.composer.fill(saying(f"Answer {number}"))
        chat.composer.press("Enter")
        expect(chat.questions).to_have_count(number + 1)
    context.set_offline(False)
    expect(chat.answers).to_have_count(3)
    chat.has_answered("Answer 2")
    expect(chat.answers.locator(".prose")).to_have_text([f"Answer {number}" for number in range(3)])
    expect(chat.conversations).to_have_count(1)


def test_a_conversation_that_was_read_is_read_without_a_connection(chat: Chat, context: BrowserContext) -> None:
    chat.ask(saying("Known"))
    chat.has_answered("Known")
    address = chat.page.url
    chat.page.get_by_test_id("new-chat").click()
    expect(chat.page).to_have_url("/")
    context.set_offline(True)
    chat.conversations.first.click()
    expect(chat.page).to_have_url(address)
    expect(chat.text).to_have_text("Known")


def test_the_page_opens_without_a_network_and_goes_on_live_when_it_is_back(chat: Chat, context: BrowserContext) -> None:
    chat.ask(saying("The first"))
    chat.has_answered("The first")
    chat.page.get_by_test_id("new-chat").click()
    chat.ask(saying("The second"))
    chat.has_answered("The second")
    address = chat.page.url
    chat.composer.fill("A draft")
    is_served(chat.page)
    until(chat.page, f"async () => (await ({KEPT})()) >= 6")
    until(chat.page, ALL_ENDED)
    chat.page.close()
    context.set_offline(True)
    again = Chat(context.new_page()).open(address)
    again.has_answered("The second")
    expect(again.conversations).to_have_count(2)
    expect(again.composer).to_have_value("A draft")
    expect(again.page.get_by_test_id("connection")).to_contain_text("No connection")
    again.conversations.last.click()
    again.has_answered("The first")
    again.composer.fill(saying("The third"))
    again.composer.press("Enter")
    expect(again.questions.last).to_contain_text("Will be sent as soon as the connection is back")
    again.page.reload()
    expect(again.questions).to_have_count(2)
    again.page.get_by_test_id("logout").click()
    expect(again.notice).to_contain_text("sign out when the connection is back")
    again.page.evaluate("window.sameAsBefore = true")
    context.set_offline(False)
    again.has_answered("The third")
    expect(again.answers).to_have_count(2)
    expect(again.page.get_by_test_id("connection")).to_be_hidden()
    assert again.page.evaluate("sameAsBefore")


def test_pages_that_need_the_server_say_so_without_it(chat: Chat, context: BrowserContext) -> None:
    is_served(chat.page)
    context.set_offline(True)
    chat.page.goto("/accounts/")
    expect(chat.page.get_by_role("heading", level=1)).to_have_text("There is no connection")


def test_nothing_is_left_in_the_browser_after_signing_out(chat: Chat) -> None:
    chat.ask(saying("Secret"))
    chat.has_answered("Secret")
    chat.composer.fill("A draft")
    is_served(chat.page)
    until(chat.page, f"async () => (await ({KEPT})()) >= 3")
    chat.page.get_by_test_id("logout").click()
    chat.page.wait_for_url("**/accounts/login/**")
    until(chat.page, f"async () => (await ({KEPT})()) === 0")
