"""The chat by keyboard alone."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.chat import Chat, counting, saying
from tests.e2e.product import ADMIN_PASSWORD, Person
from tests.e2e.sizes import on_desktop_and_phone
from tests.e2e.test_accessibility import barriers
from tests.e2e.watch import Watch

MOST_STOPS = 80
WARMED = "() => document.querySelector('#styles-keys, link[href*=\"/keys.\"]')?.sheet"


def tab_to(page: Page, target: Locator) -> None:
    """Goes there from stop to stop."""
    for _ in range(MOST_STOPS):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("The focus never came there")


def leave_field(chat: Chat) -> None:
    """From the composer to where letters are shortcuts."""
    chat.page.keyboard.press("Escape")
    expect(chat.composer).not_to_be_focused()


@pytest.fixture
def chat(context: BrowserContext) -> Chat:
    """The chat page of `person` when its shortcuts are there."""
    chat = Chat(context.new_page()).open()
    chat.page.wait_for_function(WARMED)
    return chat


def test_the_whole_of_a_conversation_is_had_by_keyboard_alone(stranger: Chat, watch: Watch) -> None:
    watch.expect("401 .*/api/v1/")  # What was on its way when the session ended.
    page, keys = stranger.page, stranger.page.keyboard
    page.goto("/accounts/login/?next=/")
    tab_to(page, page.get_by_label("Login"))
    keys.type("admin")
    tab_to(page, page.get_by_label("Password"))
    keys.type(ADMIN_PASSWORD)
    keys.press("Enter")
    expect(stranger.composer).to_be_focused()
    page.wait_for_function(WARMED)

    keys.type(counting(400, rate=30))
    keys.press("Enter")
    expect(stranger.text).to_contain_text("word3 ")
    keys.press("Control+.")
    stranger.has_answered(status="stopped")

    expect(stranger.composer).to_be_focused()
    keys.press("ArrowUp")
    expect(page.get_by_test_id("editor-input")).to_be_focused()
    keys.press("Control+a")
    keys.type(saying("Kingfishers are blue"))
    keys.press("Enter")
    stranger.has_answered("Kingfishers are blue")
    expect(stranger.questions.last.get_by_test_id("version")).to_have_text("2 / 2")

    first = stranger.answer.get_attribute("data-message-id") or ""
    keys.press("g")
    expect(stranger.answer).not_to_have_attribute("data-message-id", first)
    stranger.has_answered("Kingfishers are blue")
    tab_to(page, stranger.answer.get_by_test_id("previous-version"))
    keys.press("Enter")
    expect(stranger.answer).to_have_attribute("data-message-id", first)

    address = page.url
    keys.press("r")
    expect(page.get_by_test_id("rename-input")).to_be_focused()
    keys.press("Control+a")
    keys.type("Birds of the river")
    keys.press("Enter")
    expect(stranger.conversations.first).to_have_text("Birds of the river")

    keys.press("n")
    expect(page).to_have_url("/")
    keys.press("/")
    expect(page.get_by_test_id("search")).to_be_focused()
    keys.type("birds of the river")
    expect(page.get_by_test_id("result").first).to_contain_text("Birds of the river")
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(page).to_have_url(re.compile(re.escape(address)))
    stranger.has_answered("Kingfishers are blue")

    keys.press("d")
    expect(page).to_have_url("/")
    expect(stranger.conversations.filter(has_text="Birds of the river")).to_have_count(0)
    keys.press("z")
    expect(stranger.conversations.filter(has_text="Birds of the river")).to_have_count(1)
    keys.press("Control+k")
    with page.expect_response("**/api/v1/search/**"):
        keys.type("sign out")
    keys.press("Enter")
    expect(page).to_have_url(re.compile("/accounts/log"))


def test_the_palette_finds_what_can_be_done_conversations_and_messages(chat: Chat) -> None:
    page, keys = chat.page, chat.page.keyboard
    chat.ask(saying("The heron waits in the reeds"))
    chat.has_answered()
    first = page.url
    keys.press("Control+k")
    field, options = page.get_by_test_id("palette-input"), page.get_by_test_id("palette-option")
    expect(field).to_be_focused()
    chosen = page.locator('[role="option"][aria-selected="true"]')
    expect(chosen).to_have_count(1)
    keys.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", options.nth(1).get_attribute("id") or "")
    keys.press("ArrowUp")
    keys.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    keys.type("nwch")
    expect(chosen).to_contain_text("New chat")
    keys.press("Enter")
    expect(page.get_by_test_id("palette")).to_be_hidden()
    expect(page).to_have_url("/")
    expect(chat.composer).to_be_focused()

    keys.press("Control+k")
    keys.type("heron reeds")
    message = page.get_by_role("group", name="In messages").get_by_role("option").first
    expect(message).to_contain_text("heron")
    message.click()
    expect(page).to_have_url(re.compile(re.escape(first)))
    chat.has_answered()

    keys.press("Control+k")
    keys.type("zzzzqqq")
    expect(page.get_by_text("Nothing fits.")).to_be_visible()
    expect(options).to_have_count(0)
    keys.press("Enter")
    keys.press("Escape")
    expect(page.get_by_test_id("palette")).to_be_hidden()


def test_the_palette_names_what_the_page_names_and_tells_the_page(chat: Chat) -> None:
    chat.page.evaluate(
        """() => {
          const button = document.createElement("button");
          button.textContent = "Feed the ducks";
          button.onclick = () => (window.fed = true);
          button.dataset.command = "feed";
          document.querySelector("main").append(button);
          window.heard = [];
          document.addEventListener("chatbot:command", (event) => {
            window.heard.push(event.detail.name);
            if (event.detail.name === "theme-dark") event.preventDefault();
          });
        }"""
    )
    for words in ("ducks", "dark theme"):
        chat.page.keyboard.press("Control+k")
        chat.page.keyboard.type(words)
        chat.page.keyboard.press("Enter")
    assert chat.page.evaluate("[fed, heard]") == [True, ["palette", "feed", "palette", "theme-dark"]]
    expect(chat.page.locator("html")).not_to_have_attribute("data-theme", "dark")


def test_the_help_sheet_has_the_switch_of_single_letters(chat: Chat) -> None:
    page, keys, sheet = chat.page, chat.page.keyboard, chat.page.get_by_test_id("keys-sheet")
    keys.type("?n")
    expect(chat.composer).to_have_value("?n")
    expect(sheet).to_be_hidden()
    keys.press("Control+/")
    expect(sheet).to_be_visible()
    expect(sheet.get_by_text("Answer again")).to_be_visible()
    keys.press("Escape")
    expect(chat.composer).to_be_focused()
    leave_field(chat)
    keys.press("?")
    expect(sheet).to_be_visible()
    switch = page.get_by_test_id("single-keys")
    tab_to(page, switch)
    expect(switch).to_be_checked()
    keys.press("Space")
    expect(switch).not_to_be_checked()
    keys.press("Escape")
    keys.press("b")
    keys.press("?")
    expect(sheet).to_be_hidden()
    expect(chat.sidebar).to_be_visible()
    page.reload()
    page.wait_for_function(WARMED)
    leave_field(chat)
    keys.press("b")
    keys.press("Control+b")
    expect(chat.sidebar).to_be_hidden()
    keys.press("Control+/")
    tab_to(page, switch)
    keys.press("Space")
    keys.press("Escape")
    keys.press("b")
    expect(chat.sidebar).to_be_visible()


def test_a_hidden_sidebar_stays_hidden_and_comes_back_by_its_button(chat: Chat) -> None:
    chat.page.keyboard.press("Control+b")
    expect(chat.sidebar).to_be_hidden()
    chat.page.reload()
    expect(chat.sidebar).to_be_hidden()
    chat.page.get_by_test_id("open-sidebar").click()
    expect(chat.sidebar).to_be_visible()
    expect(chat.page.locator("main")).not_to_have_attribute("inert", "")


def test_conversations_are_gone_through_with_j_and_k(chat: Chat) -> None:
    for text in ("One", "Two"):
        chat.page.get_by_test_id("new-chat").click()
        chat.ask(saying(text))
        chat.has_answered(text)
    leave_field(chat)
    chat.page.keyboard.press("j")
    chat.has_answered("One")
    chat.page.keyboard.press("k")
    chat.has_answered("Two")


@on_desktop_and_phone
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_palette_and_sheet_have_no_barriers(
    open_context: Callable[..., BrowserContext], person: Person, theme: str
) -> None:
    page = open_context(person).new_page()
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    chat = Chat(page).open()
    chat.ask(saying("Fine"))
    chat.has_answered("Fine")
    page.keyboard.press("Control+k")
    expect(page.get_by_test_id("palette-option").first).to_be_visible()
    assert barriers(page) == [], "palette"
    page.keyboard.press("Escape")
    page.keyboard.press("Control+/")
    expect(page.get_by_test_id("keys-sheet")).to_be_visible()
    assert barriers(page) == [], "sheet"
