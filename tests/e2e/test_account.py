"""Signing up, in and out."""

import re

from playwright.sync_api import BrowserContext, expect

from tests.e2e.chat import Chat
from tests.e2e.product import ADMIN_PASSWORD
from tests.e2e.sizes import on_desktop_and_phone
from tests.e2e.watch import Watch

LOGIN = re.compile(r"/accounts/login/")


def log_in(chat: Chat, username: str, password: str) -> None:
    """Fills the form of the login page."""
    page = chat.page
    page.get_by_label("Login").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


@on_desktop_and_phone
def test_signing_up_leads_to_an_empty_chat_that_greets(stranger: Chat, viewport: dict[str, int]) -> None:
    page = stranger.page
    page.goto("/")
    expect(page).to_have_url(LOGIN)
    page.get_by_role("link", name="Create an account").click()
    username = f"grace{viewport['width']}"
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password", exact=True).fill("a long and lucky phrase")
    page.get_by_label(re.compile("again|confirm", re.IGNORECASE)).fill("a long and lucky phrase")
    page.get_by_role("button", name="Create account").click()
    expect(page).to_have_url("/")
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Hello, {username}")
    expect(stranger.composer).to_be_visible()


@on_desktop_and_phone
def test_a_wrong_password_is_told_and_the_right_one_lets_in(stranger: Chat) -> None:
    page = stranger.page
    page.goto("/")
    log_in(stranger, "admin", "not the password")
    expect(page).to_have_url(LOGIN)
    expect(page.get_by_text("not correct")).to_be_visible()
    expect(page.get_by_label("Login")).to_have_value("admin")
    log_in(stranger, "admin", ADMIN_PASSWORD)
    expect(page).to_have_url("/")
    expect(stranger.composer).to_be_visible()


@on_desktop_and_phone
def test_after_logging_out_the_chat_is_closed(chat: Chat) -> None:
    chat.open_sidebar().get_by_test_id("logout").click()
    expect(chat.page).to_have_url(LOGIN)
    chat.page.goto("/")
    expect(chat.page).to_have_url(LOGIN)


def test_logging_out_in_one_tab_closes_the_others(chat: Chat, context: BrowserContext, watch: Watch) -> None:
    # What the other tab asks for just then.
    watch.expect("status of 401")
    other = Chat(context.new_page()).open()
    other.ask("Is this line open?")
    other.has_answered()
    chat.sidebar.get_by_test_id("logout").click()
    expect(chat.page).to_have_url(LOGIN)
    expect(other.notice).to_contain_text("signed out")
    expect(other.notice.get_by_role("link", name="Sign in")).to_be_visible()


@on_desktop_and_phone
def test_a_new_user_finds_ways_to_begin(chat: Chat) -> None:
    expect(chat.page.get_by_role("heading", level=1)).to_contain_text("What’s on your mind?")
    expect(chat.send).to_be_disabled()
    expect(chat.conversations).to_have_count(0)
    chat.page.get_by_test_id("starters").get_by_text("Explain").click()
    expect(chat.composer).to_have_value("Explain, simply and with one example: ")
    expect(chat.composer).to_be_focused()
    expect(chat.send).to_be_enabled()
    expect(chat.open_sidebar()).to_contain_text("Your conversations will be kept here.")


def test_a_page_that_is_not_there_says_so_and_leads_back(chat: Chat, watch: Watch) -> None:
    watch.expect("status of 404")
    chat.page.goto("/c/00000000-0000-4000-8000-000000000000/")
    expect(chat.page.get_by_role("heading", level=1)).to_contain_text("There is nothing here")
    chat.page.get_by_role("link", name="Back to the chat").click()
    expect(chat.composer).to_be_visible()
