"""The pages beside the chat in a sheet over it; what a conversation is set up with; how an answer was made."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.chat import CONVERSATION, Chat, saying
from tests.e2e.product import Product
from tests.e2e.sizes import on_desktop_and_phone
from tests.e2e.watch import Watch

_SECOND_MODEL = """
from streaming.models import LanguageModel
model = LanguageModel.objects.get(slug="fake-1")
model.pk, model.slug, model.name, model.is_default = None, "fake-2", "Second", False
model.save()
"""
_NO_SECOND_MODEL = "from streaming.models import LanguageModel; LanguageModel.objects.filter(slug='fake-2').delete()"


@pytest.fixture
def second_model(product: Product) -> Iterator[None]:
    """There is something to choose, for as long as the test."""
    product.run(_SECOND_MODEL)
    yield
    product.run(_NO_SECOND_MODEL)


@on_desktop_and_phone
def test_a_conversation_is_set_up_without_leaving_it(chat: Chat, watch: Watch) -> None:
    watch.expect("status of 400")
    page = chat.page
    chat.ask(saying("Fine"))
    chat.has_answered("Fine")
    address = page.url
    page.get_by_test_id("settings-link").click()
    sheet = page.get_by_test_id("sheet")
    sheet.get_by_label("Title").fill("Another title")
    sheet.get_by_label("System prompt").fill("Answer in one word.")
    # What the browser would not let pass, the server does not either.
    sheet.get_by_label("Temperature").evaluate("field => field.removeAttribute('max')")
    sheet.get_by_label("Temperature").fill("3")
    sheet.get_by_test_id("save").click()
    expect(sheet).to_contain_text("less than or equal to 2")
    expect(sheet.get_by_label("System prompt")).to_have_value("Answer in one word.")
    sheet.get_by_label("Temperature").fill("0.5")
    sheet.get_by_test_id("save").click()
    expect(sheet).to_be_hidden()
    expect(page.get_by_test_id("toast")).to_contain_text("The conversation was saved.")
    expect(page.locator("[data-part=title]")).to_have_text("Another title")
    expect(page).to_have_url(address)
    page.get_by_test_id("settings-link").click()
    expect(sheet.get_by_label("System prompt")).to_have_value("Answer in one word.")
    expect(sheet.get_by_label("Temperature")).to_have_value("0.5")
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(page.get_by_test_id("settings-link")).to_be_focused()


def test_a_chat_begins_with_a_prompt_that_was_just_written(chat: Chat) -> None:
    page, sheet = chat.page, chat.page.get_by_test_id("sheet")
    page.get_by_test_id("prompts-link").click()
    sheet.get_by_label("Name").fill("Pirate")
    sheet.get_by_label("Text").fill("Answer as a pirate.")
    sheet.get_by_test_id("save-preset").click()
    sheet.get_by_test_id("presets").get_by_role("link", name="Begin a chat with: Pirate").click()
    expect(sheet.get_by_label("Begin with").locator("option:checked")).to_have_text("Pirate")
    sheet.get_by_test_id("begin").click()
    expect(page).to_have_url(CONVERSATION)
    expect(sheet).to_be_hidden()
    page.get_by_test_id("settings-link").click()
    expect(sheet.get_by_label("System prompt")).to_have_value("Answer as a pirate.")


def test_a_temporary_chat_says_that_it_is_one(chat: Chat) -> None:
    page = chat.page
    badge = page.get_by_test_id("temporary-badge")
    expect(badge).to_be_hidden()
    page.get_by_test_id("begin-temporary").click()
    expect(page).to_have_url(CONVERSATION)
    expect(badge).to_be_visible()
    assert "is deleted on" in (badge.get_attribute("title") or "")
    chat.ask(saying("Soon forgotten"))
    chat.has_answered("Soon forgotten")
    page.reload()
    expect(badge).to_be_visible()
    page.get_by_test_id("new-chat").click()
    expect(badge).to_be_hidden()


def test_an_archived_conversation_comes_back_from_the_sheet(chat: Chat) -> None:
    page, sheet = chat.page, chat.page.get_by_test_id("sheet")
    chat.ask(saying("Kept"))
    chat.has_answered("Kept")
    page.get_by_test_id("conversation-menu").click()
    page.get_by_test_id("archive").click()
    expect(chat.conversations).to_have_count(0)
    page.get_by_test_id("archive-link").click()
    sheet.get_by_role("button", name=re.compile("Take out of the archive")).click()
    expect(sheet).to_contain_text("The conversation is out of the archive.")
    expect(chat.conversations).to_have_count(1)


def test_an_export_is_asked_for_from_the_menu(chat: Chat) -> None:
    page, sheet = chat.page, chat.page.get_by_test_id("sheet")
    chat.ask(saying("Kept"))
    chat.has_answered("Kept")
    page.get_by_test_id("conversation-menu").click()
    page.get_by_test_id("export").click()
    expect(sheet.get_by_test_id("export-markdown")).to_be_in_viewport()
    sheet.get_by_test_id("export-markdown").click()
    page.wait_for_url("**/accounts/exports/")
    expect(page.locator("main")).to_contain_text("Markdown")


def test_the_model_that_is_chosen_stays_with_its_conversation(chat: Chat, second_model: None) -> None:
    page = chat.page
    page.reload()
    model = page.get_by_test_id("model")
    chat.ask(saying("One"))
    chat.has_answered("One")
    standard = model.input_value()
    other = next(
        value
        for value in model.locator("option").evaluate_all("all => all.map((one) => one.value)")
        if value != standard
    )
    with page.expect_response(lambda response: response.request.method == "PATCH") as kept:
        model.select_option(other)
    assert kept.value.ok
    page.get_by_test_id("new-chat").click()
    expect(model).to_have_value(standard)
    chat.conversations.first.click()
    expect(model).to_have_value(other)
    page.reload()
    expect(model).to_have_value(other)


def test_how_an_answer_was_made_is_told_on_demand(chat: Chat) -> None:
    chat.ask("[[fake: tokens=40 rate=100]]")
    chat.has_answered()
    chat.answer.hover()
    button = chat.answer.get_by_test_id("details")
    button.click()
    details = chat.answer.get_by_test_id("message-details")
    for words in ("Model", "First word after", "Finished after", "tokens/s", "40 tokens"):
        expect(details).to_contain_text(words)
    expect(button).to_have_attribute("aria-expanded", "true")
    button.click()
    expect(details).to_be_hidden()


def test_what_is_used_is_counted_as_messages_go_out(chat: Chat) -> None:
    usage = chat.page.get_by_test_id("usage")
    expect(usage).to_contain_text("0 of")
    with chat.page.expect_response("**/api/v1/usage/") as counted:
        chat.ask(saying("One"))
    # A minute may have ended just now.
    expect(usage).to_contain_text(f"{counted.value.json()['messages']['used']} of")
    usage.click()
    expect(chat.page.get_by_test_id("sheet")).to_contain_text("At the moment")


def test_a_sheet_that_cannot_be_fetched_says_so(chat: Chat, watch: Watch) -> None:
    watch.expect("net::ERR")
    chat.page.route("**/presets/", lambda route: route.abort())
    chat.page.get_by_test_id("prompts-link").click()
    expect(chat.page.get_by_test_id("toast")).to_contain_text("cannot be reached")
