"""The chat without a connection."""

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.e2e.chat import Chat, saying
from tests.e2e.watch import Watch


@pytest.fixture(autouse=True)
def disconnected(watch: Watch) -> None:
    """The browser says so itself."""
    watch.expect("ERR_INTERNET_DISCONNECTED")


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
