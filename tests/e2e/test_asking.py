"""From a question to its answer."""

from collections.abc import Callable
from itertools import pairwise

from playwright.sync_api import BrowserContext, Page, expect

from chatbot.dev.fakellm import FakeLLMThread
from tests.e2e.chat import CONVERSATION, Chat, counted, counting
from tests.e2e.product import Person
from tests.e2e.sizes import on_desktop_and_phone
from tests.e2e.watch import Watch

_RECORD_TEXTS = """
window.texts = [""];
new MutationObserver(() => {
  const answers = document.querySelectorAll(".message-assistant [data-part=text]");
  const text = answers[answers.length - 1]?.textContent ?? "";
  if (text !== window.texts.at(-1)) window.texts.push(text);
}).observe(document.querySelector("[data-part=messages]"), { childList: true, subtree: true, characterData: true });
"""


def recorded_texts(page: Page) -> list[str]:
    """Every state of the last answer's text since `_RECORD_TEXTS`, without the moments in which it is being redrawn."""
    texts: list[str] = page.evaluate("window.texts")
    return [text.strip() for text in texts if text.strip()]


@on_desktop_and_phone
def test_tokens_appear_one_after_the_other_and_a_reload_shows_the_same_text(chat: Chat) -> None:
    chat.page.evaluate(_RECORD_TEXTS)
    chat.ask(counting(30, rate=20))
    chat.has_answered(counted(30))
    states = recorded_texts(chat.page)
    assert len(states) >= 10
    assert all(later.startswith(earlier) for earlier, later in pairwise(states))
    chat.page.reload()
    chat.has_answered(counted(30))
    expect(chat.answers).to_have_count(1)
    expect(chat.questions).to_have_count(1)


@on_desktop_and_phone
def test_a_first_question_gives_the_conversation_an_address_and_a_place_in_the_list(chat: Chat) -> None:
    chat.ask("What is the capital of France?")
    chat.has_answered()
    expect(chat.page).to_have_url(CONVERSATION)
    expect(chat.answer).to_contain_text("What is the capital of France?")
    expect(chat.answer).to_contain_text("fake-1")
    chat.open_sidebar()
    expect(chat.conversations).to_have_count(1)
    expect(chat.conversations).to_have_attribute("aria-current", "page")
    expect(chat.conversations).not_to_have_text("New conversation")


def test_a_second_question_knows_the_first(chat: Chat, provider: FakeLLMThread) -> None:
    chat.ask("My name is Ada.")
    chat.has_answered()
    chat.ask("What is my name? [[fake: text=Ada]]")
    chat.has_answered("Ada")
    asked = next(one for one in reversed(provider.server.requests) if one.prompt.startswith("What is my name?"))
    assert [message["role"] for message in asked.messages][-3:] == ["user", "assistant", "user"]
    assert asked.messages[-3]["content"] == "My name is Ada."


def test_a_new_chat_leaves_the_old_one_in_the_list(chat: Chat) -> None:
    chat.ask("First")
    chat.has_answered()
    chat.page.get_by_test_id("new-chat").click()
    expect(chat.page).to_have_url("/")
    expect(chat.questions).to_have_count(0)
    expect(chat.page.get_by_role("heading", level=1)).to_contain_text("What’s on your mind?")
    chat.ask("Second")
    chat.has_answered()
    expect(chat.conversations).to_have_count(2)
    chat.conversations.last.click()
    expect(chat.questions).to_contain_text("First")


@on_desktop_and_phone
def test_stop_keeps_the_text_so_far(chat: Chat) -> None:
    chat.ask(counting(600, rate=20))
    expect(chat.text).to_contain_text("word5 ")
    chat.stop.click()
    chat.has_answered(status="stopped")
    kept = chat.text.inner_text()
    assert counted(600).startswith(kept)
    expect(chat.answer).to_contain_text("Stopped")
    expect(chat.send).to_be_visible()
    chat.page.reload()
    chat.has_answered(kept, status="stopped")


def test_what_is_written_while_an_answer_runs_waits_in_the_composer(chat: Chat) -> None:
    chat.ask(counting(60, rate=20))
    expect(chat.text).to_contain_text("word2")
    chat.composer.fill("And then?")
    chat.composer.press("Enter")
    expect(chat.composer).to_have_value("And then?")
    expect(chat.questions).to_have_count(1)
    chat.has_answered(counted(60))
    expect(chat.composer).to_have_value("And then?")
    chat.composer.press("Enter")
    expect(chat.questions).to_have_count(2)
    chat.has_answered()
    expect(chat.questions.last).to_contain_text("And then?")


def test_enter_sends_and_shift_enter_makes_a_line(chat: Chat) -> None:
    chat.composer.press_sequentially("one")
    chat.composer.press("Shift+Enter")
    chat.composer.press_sequentially("two")
    expect(chat.composer).to_have_value("one\ntwo")
    expect(chat.questions).to_have_count(0)
    chat.composer.press("Enter")
    expect(chat.composer).to_have_value("")
    expect(chat.questions.locator('[data-part="text"]')).to_have_text("one\ntwo", use_inner_text=True)
    chat.has_answered()


def test_a_message_that_is_too_long_cannot_be_sent(chat: Chat) -> None:
    chat.composer.fill("x" * 32_001)
    expect(chat.page.get_by_test_id("composer-count")).to_have_text("32,001 of 32,000")
    expect(chat.composer).to_have_attribute("aria-invalid", "true")
    expect(chat.send).to_be_disabled()
    chat.composer.press("Enter")
    expect(chat.questions).to_have_count(0)
    chat.composer.press("Backspace")
    expect(chat.send).to_be_enabled()


def test_a_draft_outlives_a_reload(chat: Chat) -> None:
    chat.composer.fill("Not quite finished")
    chat.page.reload()
    expect(chat.composer).to_have_value("Not quite finished")


def test_the_page_follows_the_text_until_the_reader_scrolls_up(chat: Chat) -> None:
    lines = "\n\n".join(f"Line {number}" for number in range(1, 61))
    chat.ask(f'[[fake: rate=40 text="{lines}"]]')
    expect(chat.text.get_by_text("Line 30", exact=True)).to_be_in_viewport()
    chat.text.hover()
    chat.page.mouse.wheel(0, -2000)
    jump = chat.page.get_by_test_id("jump-latest")
    expect(jump).to_be_visible()
    chat.has_answered()
    expect(chat.text.get_by_text("Line 60", exact=True)).not_to_be_in_viewport()
    jump.click()
    expect(chat.text.get_by_text("Line 60", exact=True)).to_be_in_viewport()
    expect(jump).to_be_hidden()


@on_desktop_and_phone
def test_without_javascript_a_question_goes_by_form_and_the_answer_is_there_after_a_reload(
    open_context: Callable[..., BrowserContext], person: Person, watch: Watch
) -> None:
    page = open_context(person, java_script_enabled=False).new_page()
    page.goto("/")
    page.get_by_test_id("composer-input").fill("Hello there\nold browser")
    page.get_by_test_id("send").click()
    expect(page).to_have_url(CONVERSATION)
    expect(page.get_by_test_id("message-user").locator('[data-part="text"]')).to_have_text("Hello there\nold browser")
    answer = page.get_by_test_id("message-assistant")
    for _ in range(100):
        if answer.get_attribute("data-status") == "completed":
            break
        page.reload()
    expect(answer).to_contain_text("This is the **scripted provider**")
