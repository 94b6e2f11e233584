"""axe-core looks at every page of the account, and none is wider than its window."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, ViewportSize

from tests.e2e.chat import Chat
from tests.e2e.product import Person
from tests.e2e.test_accessibility import barriers, look, viewport
from tests.e2e.watch import Watch

__all__ = ["look", "viewport"]

ACCOUNT = (
    *(
        "",
        "profile/",
        "email/",
        "password/set/",
        "sessions/",
        "programs/",
        "exports/",
        "3rdparty/",
        "logout/",
        "delete/",
    ),
    *("2fa/", "2fa/totp/activate/", "2fa/webauthn/", "2fa/webauthn/add/"),
)
ENTRANCE = (
    *("password/reset/", "password/reset/done/", "password/reset/key/1-bad/", "password/reset/key/done/"),
    *("inactive/", "confirm-email/", "confirm-email/bad/", "3rdparty/login/cancelled/", "oidc/oidc/login/"),
    "oidc/oidc/login/callback/",
)


def look_at(page: Page, path: str) -> list[str]:
    """What is wrong with a page, a line each."""
    page.goto(f"/accounts/{path}")
    found = [f"{path or 'overview'}: {barrier}" for barrier in barriers(page)]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append(f"{path or 'overview'}: wider than the window")
    return found


@pytest.fixture
def scheme(look: tuple[ViewportSize, str]) -> str:
    """The system's theme."""
    return look[1]


def test_the_account_has_no_barriers(open_context: Callable[..., BrowserContext], person: Person, scheme: str) -> None:
    page = open_context(person).new_page()
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    assert [line for path in ACCOUNT for line in look_at(page, path)] == []


def test_the_ways_back_in_have_no_barriers(stranger: Chat, watch: Watch, scheme: str) -> None:
    watch.expect("status of 401")
    stranger.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    assert [line for path in ENTRANCE for line in look_at(stranger.page, path)] == []
