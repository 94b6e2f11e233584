"""The account pages in the words of their user."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.integration.accounts.codes import code_of

PASSWORD = "a long and lucky phrase"


class Account:
    """One tab of somebody with an account."""

    def __init__(self, page: Page, origin: str = "") -> None:
        self.page = page
        self.origin = origin

    def goto(self, path: str) -> None:
        """Goes to a page of the product."""
        self.page.goto(f"{self.origin}{path}")

    def sign_up(self, name: str) -> "Account":
        """A new account, signed in."""
        self.goto("/accounts/signup/")
        self.page.get_by_label("Username").fill(name)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_label(re.compile("again|confirm", re.IGNORECASE)).fill(PASSWORD)
        self.page.get_by_role("button", name="Create account").click()
        self.has_come_to("/")
        return self

    def sign_in(self, name: str) -> None:
        """Fills the form of the log-in page and sends it."""
        self.goto("/accounts/login/")
        self.page.get_by_label("Login").fill(name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()

    def sign_out(self) -> None:
        """By the page that asks first."""
        self.goto("/accounts/logout/")
        self.page.get_by_role("button", name="Sign out").click()
        self.has_come_to("/accounts/login/")

    def prove(self) -> None:
        """Types the password once more when the page asks who is there."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Is it you?")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Confirm").click()

    def type_code(self, secret: str, button: str) -> None:
        """Types the code of this moment, and the next one when it ends just then."""
        for _ in range(2):
            self.page.get_by_label("code").fill(code_of(secret))
            with self.page.expect_navigation():
                self.page.get_by_role("button", name=button, exact=True).click()
            if not self.page.get_by_text("Incorrect code").is_visible():
                return

    def has_come_to(self, path: str) -> None:
        """Waits until the tab shows this page."""
        expect(self.page).to_have_url(re.compile(rf"^https?://[^/]+{re.escape(urlsplit(path).path)}(\?.*)?$"))
