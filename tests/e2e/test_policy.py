"""Every page opens without breaking its own Content-Security-Policy: `watch` fails where one does."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page

from tests.e2e.chat import Chat, saying
from tests.e2e.product import Person
from tests.e2e.test_share import share

OUTSIDE = ["accounts/login/", "accounts/signup/", "accounts/password/reset/", "offline/", "accounts/logout/"]
INSIDE = [
    *("conversations/", "search/?q=plan", "new/", "presets/", "api/docs/", "accounts/", "accounts/profile/"),
    *("accounts/sessions/", "accounts/programs/", "accounts/exports/", "accounts/delete/", "accounts/email/"),
    *("accounts/password/change/", "accounts/2fa/", "accounts/3rdparty/"),
]


def walk(page: Page, paths: list[str]) -> None:
    """Opens each of them, and waits until it is loaded and its scripts have nothing to do."""
    for path in paths:
        response = page.goto(f"/{path.removeprefix('/')}")
        assert response
        assert response.status < 400, path
        page.evaluate("() => new Promise((done) => requestIdleCallback(() => done()))")


def test_no_page_breaks_the_policy(
    open_context: Callable[..., BrowserContext], person: Person, administrator: Person
) -> None:
    link = share(person, open_context)
    walk(open_context().new_page(), [*OUTSIDE, link.partition("/s/")[1] + link.partition("/s/")[2]])
    chat = Chat(open_context(person).new_page()).open()
    chat.ask(saying("A plan with `code` and a table:\n\n| a |\n|---|\n| b |"))
    chat.has_answered()
    talk = chat.page.url.partition("/c/")[2]
    question = chat.questions.last.get_attribute("data-message-id")
    own = [
        f"c/{talk}",
        f"c/{talk}settings/",
        f"c/{talk}delete/",
        f"c/{talk}edit/{question}/",
        f"c/{talk}?around={question}",
    ]
    walk(chat.page, [*own, *INSIDE])
    staff = open_context(administrator).new_page()
    walk(staff, ["admin/"])
    lists = staff.locator("#content-main a[href^='/admin/']").evaluate_all("links => links.map(link => link.pathname)")
    assert len(set(lists)) > 40
    walk(staff, [*sorted(set(lists)), "admin/password_change/"])
