"""What a screen reader says of an answer."""

from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.chat import Chat, saying
from tests.e2e.watch import Watch

LISTEN = """() => {
  window.said = [];
  const region = document.querySelector('[data-testid="announcer"]');
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) for (const node of addedNodes) window.said.push(node.textContent);
  }).observe(region, { childList: true });
}"""
SENTENCES = [f"This is sentence {number} of the answer." for number in range(1, 13)]


def said(page: Page) -> str:
    """All of it, in order."""
    return " ".join(page.evaluate("said"))


def test_an_answer_is_spoken_by_sentence_once_although_the_connection_broke(
    chat: Chat, context: BrowserContext, watch: Watch
) -> None:
    watch.expect("ERR_INTERNET_DISCONNECTED")
    watch.expect("An unknown error occurred when fetching the script")
    chat.page.evaluate(LISTEN)
    chat.ask(saying(" ".join(SENTENCES), rate=15))
    chat.page.wait_for_function("() => said.join(' ').includes('sentence 2')")
    context.set_offline(True)
    expect(chat.page.get_by_test_id("connection")).to_contain_text("No connection")
    context.set_offline(False)
    chat.has_answered(" ".join(SENTENCES))
    chat.page.wait_for_function("() => said.at(-1) === 'The answer is complete.'")
    assert said(chat.page) == " ".join(["The answer has started.", *SENTENCES, "The answer is complete."])
    # By sentences, not by words: no more sayings than there are seconds and sentences.
    assert len(chat.page.evaluate("said")) <= len(SENTENCES) + 2


def test_a_failure_and_the_second_try_are_said(chat: Chat) -> None:
    chat.page.evaluate(LISTEN)
    chat.ask("Are you well? [[fake: 422 times=1]]")
    chat.has_answered(status="failed")
    chat.page.wait_for_function("() => said.at(-1)?.startsWith('The answer failed. ')")
    chat.answer.get_by_test_id("retry").click()
    chat.has_answered()
    chat.page.wait_for_function("() => said.at(-1) === 'The answer is complete.'")
    assert said(chat.page).count("The answer failed.") == 1


def test_waiting_for_a_busy_provider_is_said_once(chat: Chat) -> None:
    chat.page.evaluate(LISTEN)
    chat.ask("Have you time? [[fake: 429 retry_after=2 times=1]]")
    chat.has_answered()
    chat.page.wait_for_function("() => said.at(-1) === 'The answer is complete.'")
    assert said(chat.page).count("Retrying in") == 1
