"""The page itself: drawer, theme, keyboard."""

from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.chat import Chat
from tests.e2e.sizes import on_desktop_and_phone, on_phone

PAPER, NIGHT = "rgb(252, 252, 250)", "rgb(23, 26, 25)"


def has_background(page: Page, colour: str) -> None:
    """Waits until this colour is behind everything."""
    expect(page.locator("body")).to_have_css("background-color", colour)


@on_phone
def test_the_drawer_takes_the_focus_and_gives_it_back(chat: Chat) -> None:
    page = chat.page
    opener, closer = page.get_by_test_id("open-sidebar"), page.get_by_test_id("close-sidebar")
    expect(chat.sidebar).not_to_be_in_viewport()
    opener.click()
    expect(chat.sidebar).to_be_in_viewport()
    expect(closer).to_be_focused()
    expect(opener).to_have_attribute("aria-expanded", "true")
    expect(page.locator("main")).to_have_attribute("inert", "")
    page.keyboard.press("Escape")
    expect(chat.sidebar).not_to_be_in_viewport()
    expect(opener).to_be_focused()
    expect(opener).to_have_attribute("aria-expanded", "false")
    opener.click()
    closer.click()
    expect(opener).to_be_focused()
    opener.click()
    page.locator(".scrim").click(position={"x": 380, "y": 400})
    expect(chat.sidebar).not_to_be_in_viewport()
    expect(page.locator("main")).not_to_have_attribute("inert", "")


@on_phone
def test_nothing_is_wider_than_a_phone(chat: Chat) -> None:
    wide = "x" * 300
    chat.ask(f"{wide} [[fake: text='| a | b |\n|---|---|\n| {wide} | c |\n\n```text\n{wide}\n```\n\n{wide}']]")
    chat.has_answered()
    assert chat.page.evaluate("document.documentElement.scrollWidth") <= 390
    thread = chat.page.locator('[data-part="thread"]')
    assert thread.evaluate("thread => thread.scrollWidth - thread.clientWidth") <= 0


@on_desktop_and_phone
def test_the_theme_follows_the_system_until_one_is_chosen(chat: Chat) -> None:
    page = chat.page
    has_background(page, PAPER)
    page.emulate_media(color_scheme="dark")
    has_background(page, NIGHT)
    chat.open_sidebar().get_by_role("button", name="Light").click()
    has_background(page, PAPER)
    page.reload()
    has_background(page, PAPER)
    sidebar = chat.open_sidebar()
    expect(sidebar.get_by_role("button", name="Light")).to_have_attribute("aria-pressed", "true")
    sidebar.get_by_role("button", name="Dark").click()
    page.emulate_media(color_scheme="light")
    has_background(page, NIGHT)
    sidebar.get_by_role("button", name="Like the system").click()
    has_background(page, PAPER)


def test_the_theme_of_one_tab_reaches_the_others(chat: Chat, context: BrowserContext) -> None:
    other = Chat(context.new_page()).open()
    chat.sidebar.get_by_role("button", name="Dark").click()
    expect(other.page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_link_skips_to_the_message_field(chat: Chat) -> None:
    link = chat.page.get_by_role("link", name="Skip to the message field")
    link.focus()
    expect(link).to_be_in_viewport()
    link.press("Enter")
    expect(chat.composer).to_be_focused()
