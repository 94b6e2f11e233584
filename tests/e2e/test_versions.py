"""Editing, asking anew, and what the reader thinks of an answer."""

import re

from playwright.sync_api import BrowserContext, expect

from tests.e2e.chat import Chat, saying
from tests.e2e.sizes import on_desktop_and_phone


@on_desktop_and_phone
def test_an_edited_question_gets_another_answer_and_both_can_be_read(chat: Chat) -> None:
    chat.ask(saying("Blue"))
    chat.has_answered("Blue")
    chat.questions.last.hover()
    chat.questions.last.get_by_test_id("edit").click()
    field = chat.page.get_by_test_id("editor-input")
    expect(field).to_be_focused()
    field.fill(saying("Green"))
    field.press("Enter")
    chat.has_answered("Green")
    expect(chat.questions).to_have_count(1)
    versions = chat.questions.last.get_by_test_id("versions")
    expect(versions).to_contain_text("2 / 2")
    versions.get_by_test_id("previous-version").click()
    chat.has_answered("Blue")
    expect(versions).to_contain_text("1 / 2")
    chat.page.reload()
    chat.has_answered("Blue")
    expect(chat.questions.last.get_by_test_id("version")).to_have_text("1 / 2")


def test_the_version_that_is_chosen_in_one_tab_is_shown_in_all(chat: Chat, context: BrowserContext) -> None:
    chat.ask(saying("Blue"))
    chat.has_answered("Blue")
    chat.answer.hover()
    chat.answer.get_by_test_id("regenerate").click()
    expect(chat.answer.get_by_test_id("version")).to_have_text("2 / 2")
    chat.has_answered("Blue")
    other = Chat(context.new_page()).open(chat.page.url)
    expect(other.answer.get_by_test_id("version")).to_have_text("2 / 2")
    chat.answer.get_by_test_id("previous-version").click()
    for tab in (chat, other):
        expect(tab.answer.get_by_test_id("version")).to_have_text("1 / 2")


def test_an_edit_can_be_given_up(chat: Chat) -> None:
    chat.ask(saying("Blue"))
    chat.has_answered("Blue")
    edit = chat.questions.last.get_by_test_id("edit")
    edit.click()
    chat.page.get_by_test_id("editor-input").fill("Something else")
    chat.page.keyboard.press("Escape")
    expect(chat.questions.last.locator(".bubble")).to_have_text(saying("Blue"))
    expect(edit).to_be_focused()


def test_an_answer_is_asked_for_again(chat: Chat) -> None:
    chat.ask(saying("Blue"))
    chat.has_answered("Blue")
    first = chat.answer.get_attribute("data-message-id") or ""
    chat.answer.get_by_test_id("regenerate").click()
    expect(chat.answer).not_to_have_attribute("data-message-id", first)
    chat.has_answered("Blue")
    expect(chat.answers).to_have_count(1)
    expect(chat.answer.get_by_test_id("version")).to_have_text("2 / 2")
    chat.answer.get_by_test_id("previous-version").click()
    expect(chat.answer).to_have_attribute("data-message-id", first)


def test_a_refused_edit_comes_back_with_what_was_written(chat: Chat) -> None:
    chat.ask(saying("Blue"))
    chat.has_answered("Blue")
    chat.questions.last.get_by_test_id("edit").click()
    text = "x" * 40_000
    chat.page.get_by_test_id("editor-input").fill(text)
    chat.page.keyboard.press("Enter")
    expect(chat.notice).to_be_visible()
    expect(chat.page.get_by_test_id("editor-input")).to_have_value(text)
    expect(chat.answer.locator(".prose")).to_have_text("Blue")


def test_a_rating_and_its_reason_are_kept(chat: Chat, context: BrowserContext) -> None:
    chat.ask(saying("Blue"))
    chat.has_answered("Blue")
    up, down = chat.answer.get_by_test_id("rate-up"), chat.answer.get_by_test_id("rate-down")
    up.click()
    expect(up).to_have_attribute("aria-pressed", "true")
    down.click()
    dialog = chat.page.get_by_test_id("judge-dialog")
    dialog.get_by_label("It is not correct").check()
    dialog.get_by_test_id("judge-comment").fill("The sky is grey.")
    dialog.get_by_test_id("judge-confirm").click()
    expect(chat.page.get_by_test_id("toast")).to_be_visible()
    other = Chat(context.new_page()).open(chat.page.url)
    expect(other.answer.get_by_test_id("rate-down")).to_have_attribute("aria-pressed", "true")
    expect(other.answer.get_by_test_id("rate-up")).to_have_attribute("aria-pressed", "false")
    id_ = chat.answer.get_attribute("data-message-id")
    feedback = chat.page.request.get(f"/api/v1/messages/{id_}/feedback/").json()
    assert (feedback["rating"], feedback["reason"], feedback["comment"]) == (-1, "incorrect", "The sky is grey.")
    other.answer.get_by_test_id("rate-down").click()
    expect(other.answer.get_by_test_id("rate-down")).to_have_attribute("aria-pressed", "false")


def test_a_report_reaches_the_staff(chat: Chat) -> None:
    chat.ask(saying("Something bad"))
    chat.has_answered()
    chat.answer.get_by_test_id("report").click()
    dialog = chat.page.get_by_test_id("judge-dialog")
    dialog.get_by_label("Harmful or dangerous").check()
    with chat.page.expect_response(re.compile("/report/$")) as response:
        dialog.get_by_test_id("judge-confirm").click()
    assert response.value.ok
    expect(chat.page.get_by_test_id("toast")).to_contain_text("Thank you")
