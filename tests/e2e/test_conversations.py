"""The list of conversations."""

import re

from playwright.sync_api import BrowserContext, expect

from tests.e2e.chat import Chat, saying
from tests.e2e.sizes import on_desktop_and_phone
from tests.e2e.watch import Watch

# Gives the conversation of the page another title, as another tab would.
RENAME = """title => fetch(`/api/v1/conversations/${location.pathname.split("/")[2]}/`, {
  method: "PATCH",
  headers: {
    "Content-Type": "application/json",
    "X-CSRFToken": document.querySelector('meta[name="csrf-token"]').content,
  },
  body: JSON.stringify({ title }),
})"""


def open_menu(chat: Chat) -> None:
    """The menu of the only conversation."""
    row = chat.open_sidebar().locator("li", has=chat.conversations)
    row.hover()
    row.get_by_test_id("conversation-menu").click()
    expect(chat.page.get_by_test_id("menu")).to_be_visible()


@on_desktop_and_phone
def test_a_conversation_is_renamed_everywhere(chat: Chat, context: BrowserContext) -> None:
    chat.ask(saying("Fine"))
    chat.has_answered("Fine")
    other = Chat(context.new_page()).open()
    chat.page.bring_to_front()
    open_menu(chat)
    chat.page.get_by_test_id("rename").click()
    field = chat.page.get_by_test_id("rename-input")
    expect(field).to_be_focused()
    field.fill("Holiday plans")
    field.press("Enter")
    expect(chat.page.get_by_test_id("rename-dialog")).to_be_hidden()
    expect(chat.conversations).to_have_text("Holiday plans")
    expect(chat.page).to_have_title(re.compile("^Holiday plans"))
    expect(other.conversations).to_have_text("Holiday plans")
    chat.page.reload()
    expect(chat.conversations).to_have_text("Holiday plans")
    expect(chat.page.get_by_role("heading", level=1)).to_have_text("Holiday plans")


def test_a_click_counts_although_the_list_changes_meanwhile(chat: Chat) -> None:
    chat.ask(saying("Once"))
    chat.has_answered("Once")
    older = chat.page.url
    chat.page.get_by_test_id("new-chat").click()
    chat.ask(saying("Twice"))
    chat.has_answered("Twice")
    expect(chat.conversations).to_have_count(2)
    chat.conversations.last.hover()
    chat.page.mouse.down()
    chat.page.evaluate(RENAME, "Holiday plans")
    expect(chat.conversations.first).to_have_text("Holiday plans")
    chat.page.mouse.up()
    expect(chat.page).to_have_url(older)


def test_renaming_can_be_given_up(chat: Chat) -> None:
    chat.ask(saying("Just so, my friend"))
    chat.has_answered()
    expect(chat.conversations).to_have_text("Just so, my friend")
    open_menu(chat)
    chat.page.get_by_test_id("rename").click()
    chat.page.get_by_test_id("rename-input").fill("Something else")
    chat.page.keyboard.press("Escape")
    expect(chat.page.get_by_test_id("rename-dialog")).to_be_hidden()
    expect(chat.conversations).to_have_text("Just so, my friend")


@on_desktop_and_phone
def test_a_deleted_conversation_is_gone_here_and_in_other_tabs(
    chat: Chat, context: BrowserContext, watch: Watch
) -> None:
    # What the other tab asks for just then.
    watch.expect("status of 404")
    chat.ask(saying("Fine"))
    chat.has_answered("Fine")
    address = chat.page.url
    other = Chat(context.new_page()).open(address)
    chat.page.bring_to_front()
    open_menu(chat)
    chat.page.get_by_test_id("delete").click()
    expect(chat.page).to_have_url("/")
    expect(chat.conversations).to_have_count(0)
    # Whoever leaves the page has not undone it.
    chat.page.goto("/accounts/")
    expect(other.page).to_have_url(re.compile(r"\d/$"))


def test_deleting_can_be_undone(chat: Chat) -> None:
    chat.ask(saying("Fine"))
    chat.has_answered("Fine")
    address = chat.page.url
    open_menu(chat)
    chat.page.get_by_test_id("delete").click()
    expect(chat.conversations).to_have_count(0)
    chat.page.get_by_test_id("toast-button").click()
    expect(chat.conversations).to_have_count(1)
    chat.page.goto(address)
    chat.has_answered("Fine")


def test_conversations_are_pinned_put_into_folders_and_archived(chat: Chat) -> None:
    chat.ask(saying("Fine"))
    chat.has_answered("Fine")
    groups = chat.sidebar.locator(".conversation-group")
    expect(groups).to_have_text(["Today"])
    open_menu(chat)
    chat.page.get_by_test_id("folder").click()
    chat.page.get_by_test_id("folder-input").fill("Holidays")
    chat.page.keyboard.press("Enter")
    expect(groups).to_have_text(["Holidays"])
    open_menu(chat)
    chat.page.get_by_test_id("pin").click()
    expect(groups).to_have_text(["Pinned"])
    chat.page.reload()
    expect(groups).to_have_text(["Pinned"])
    open_menu(chat)
    expect(chat.page.get_by_test_id("pin")).to_have_text("Unpin", use_inner_text=True)
    chat.page.get_by_test_id("pin").click()
    expect(groups).to_have_text(["Holidays"])
    open_menu(chat)
    with chat.page.expect_response(re.compile(r"/api/v1/conversations/")) as response:
        chat.page.get_by_test_id("archive").click()
    assert response.value.ok
    expect(chat.conversations).to_have_count(0)
    chat.page.get_by_test_id("toast-button").click()
    expect(chat.conversations).to_have_count(1)


def test_the_menu_is_used_by_keys_alone(chat: Chat) -> None:
    chat.ask(saying("Fine"))
    chat.has_answered("Fine")
    button = chat.sidebar.get_by_test_id("conversation-menu")
    button.focus()
    chat.page.keyboard.press("Enter")
    expect(chat.page.get_by_test_id("rename")).to_be_focused()
    chat.page.keyboard.press("ArrowUp")
    expect(chat.page.get_by_test_id("delete")).to_be_focused()
    chat.page.keyboard.press("Home")
    chat.page.keyboard.press("ArrowDown")
    expect(chat.page.get_by_test_id("pin")).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(chat.page.get_by_test_id("menu")).to_be_hidden()


@on_desktop_and_phone
def test_a_word_is_found_and_its_message_shown(chat: Chat) -> None:
    chat.ask(saying("The capital is Ouagadougou"))
    chat.has_answered()
    address = chat.page.url
    chat.open_sidebar().get_by_test_id("new-chat").click()
    search = chat.open_sidebar().get_by_test_id("search")
    search.fill("ouagadougou")
    results = chat.page.get_by_test_id("result")
    expect(results.locator("mark").first).to_have_text("Ouagadougou")
    search.press("ArrowDown")
    expect(results.first).to_be_focused()
    results.filter(has=chat.page.locator("b")).first.click()
    expect(chat.page).to_have_url(re.compile(re.escape(address)))
    expect(chat.answer).to_be_in_viewport()
    chat.open_sidebar()
    search.fill("no such word anywhere")
    expect(chat.page.get_by_test_id("search-status")).to_have_text("Nothing was found.")
    search.press("Escape")
    expect(chat.conversations).to_have_count(1)


def test_a_conversation_is_shared_by_a_link_that_can_be_taken_back(chat: Chat, stranger: Chat, watch: Watch) -> None:
    watch.expect("404")
    chat.ask(saying("For everybody"))
    chat.has_answered()
    open_menu(chat)
    chat.page.get_by_test_id("share").click()
    chat.page.get_by_test_id("make-link").click()
    address = chat.page.get_by_test_id("share-link").input_value()
    stranger.page.goto(address)
    expect(stranger.page.get_by_test_id("message-assistant")).to_contain_text("For everybody")
    chat.page.get_by_role("button", name="Take back").click()
    expect(chat.page.get_by_text("There is no link yet.")).to_be_visible()
    response = stranger.page.goto(address)
    assert response is not None
    assert response.status == 404


def test_the_model_names_a_conversation_after_its_first_answer(chat: Chat) -> None:
    chat.ask(saying("Sailing around Cape Horn"))
    chat.has_answered()
    expect(chat.conversations).to_have_text("Sailing around Cape Horn")
    expect(chat.page.get_by_role("heading", level=1)).to_have_text("Sailing around Cape Horn")


def test_one_cannot_read_the_conversation_of_another(chat: Chat, stranger: Chat) -> None:
    chat.ask("A secret")
    chat.has_answered()
    stranger.page.goto(chat.page.url)
    expect(stranger.page).to_have_url(re.compile(r"/accounts/login/\?next=/c/"))
