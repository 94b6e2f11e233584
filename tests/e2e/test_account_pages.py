"""The account pages in the browser: sessions, keys, names, sign-in elsewhere, the end of an account."""

import json
import re
import zipfile
from collections.abc import Callable
from urllib.request import Request, urlopen

from playwright.sync_api import BrowserContext, expect

from tests.e2e.account import Account
from tests.e2e.chat import Chat
from tests.e2e.product import Product
from tests.e2e.sizes import on_desktop_and_phone
from tests.e2e.watch import Watch
from tests.integration.accounts.oidc_server import OidcServer


def test_a_session_that_is_ended_elsewhere_loses_its_page_and_its_socket(
    stranger: Chat, open_context: Callable[..., BrowserContext]
) -> None:
    Account(stranger.page).sign_up("sessions-ann")
    stranger.open()
    stranger.ask("Is this line open?")
    stranger.has_answered()
    other = Account(open_context(user_agent="curl/8 at home").new_page())
    other.sign_in("sessions-ann")
    other.has_come_to("/")
    other.goto("/accounts/")
    expect(other.page.get_by_text("Signed in on 2 devices")).to_be_visible()
    other.page.get_by_role("link", name="Manage: Sessions").click()
    expect(other.page.get_by_test_id("sessions").get_by_role("listitem")).to_have_count(2)
    other.page.get_by_role("button", name=re.compile("^End: Chrome on Linux")).click()
    expect(other.page.get_by_test_id("sessions").get_by_role("listitem")).to_have_count(1)
    expect(stranger.notice).to_contain_text("signed out")
    stranger.page.goto("/")
    expect(stranger.page).to_have_url(re.compile("/accounts/login/"))


@on_desktop_and_phone
def test_a_key_that_was_made_on_the_page_works_until_it_is_revoked(
    stranger: Chat, product: Product, viewport: dict[str, int]
) -> None:
    page = stranger.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    account = Account(page).sign_up(f"keys{viewport['width']}")
    account.goto("/accounts/programs/")
    page.get_by_label("Name").fill("laptop script")
    page.get_by_label("What it may do").select_option("Read only")
    page.get_by_role("button", name="Make the key").click()
    account.prove()
    secret = page.get_by_test_id("secret").inner_text()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == secret
    request = Request(f"{product.url}/api/v1/conversations/", headers={"Authorization": f"Bearer {secret}"})
    with urlopen(request, timeout=10) as response:
        assert json.load(response)["results"] == []
    account.goto("/accounts/programs/")
    expect(page.get_by_test_id("keys")).to_contain_text("laptop script")
    expect(page.get_by_test_id("secret")).to_have_count(0)
    page.get_by_role("button", name="Revoke: laptop script").click()
    expect(page.get_by_test_id("keys")).to_contain_text("revoked")


def test_the_pages_work_without_scripts(open_context: Callable[..., BrowserContext]) -> None:
    account = Account(open_context(java_script_enabled=False).new_page())
    page = account.page
    account.sign_up("plain-ann")
    account.goto("/accounts/")
    page.get_by_role("link", name="Change: Name").click()
    page.get_by_label("First name").fill("Ann")
    page.get_by_role("button", name="Save").click()
    account.has_come_to("/accounts/")
    expect(page.locator(".rows").first).to_contain_text("Ann")
    account.goto("/accounts/programs/")
    page.get_by_label("Name").fill("plain")
    page.get_by_role("button", name="Make the key").click()
    account.prove()
    expect(page.get_by_test_id("secret")).to_contain_text("ck-")
    expect(page.get_by_role("button", name="Copy")).to_be_hidden()
    account.goto("/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()


def test_the_organisations_accounts_open_the_chat(stranger: Chat, watch: Watch, oidc: OidcServer) -> None:
    watch.expect(f"left the origin: {oidc.issuer}/authorize")
    oidc.is_("ada-1", preferred_username="ada", given_name="Ada", email="ada@example.org", email_verified=True)
    page = stranger.page
    page.goto("/")
    page.get_by_role("button", name="Continue with Example Corp").click()
    expect(stranger.composer).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Hello, Ada")
    page.goto("/accounts/")
    expect(page.locator("main")).to_contain_text("ada@example.org Verified")
    expect(page.locator("main")).to_contain_text("Other account")


def test_turning_back_at_the_organisations_page_leads_back(stranger: Chat, watch: Watch, oidc: OidcServer) -> None:
    watch.expect(f"left the origin: {oidc.issuer}/authorize")
    oidc.is_("bob-1")
    oidc.denies = True
    stranger.page.goto("/accounts/login/")
    stranger.page.get_by_role("button", name="Continue with Example Corp").click()
    expect(stranger.page.get_by_role("heading", level=1)).to_have_text("You turned back")


@on_desktop_and_phone
def test_an_account_ends_when_its_user_says_so(stranger: Chat, viewport: dict[str, int]) -> None:
    page = stranger.page
    name = f"leaving{viewport['width']}"
    account = Account(page).sign_up(name)
    stranger.open()
    stranger.ask("Remember me?")
    stranger.has_answered()
    account.goto("/accounts/")
    page.get_by_role("link", name="Delete: Account").click()
    account.prove()
    page.get_by_label("Your username").fill("somebody")
    page.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_text("This is not your username.")).to_be_visible()
    page.get_by_label("Your username").fill(name)
    page.get_by_role("button", name="Delete my account").click()
    account.has_come_to("/accounts/login/")
    expect(page.get_by_role("status")).to_contain_text("Your account is closed")
    account.sign_in(name)
    expect(page.get_by_text("not correct")).to_be_visible()


def test_a_copy_of_the_account_is_made_and_fetched(stranger: Chat) -> None:
    page = stranger.page
    account = Account(page).sign_up("export-ann")
    stranger.open()
    stranger.ask("Remember this.")
    stranger.has_answered()
    account.goto("/accounts/")
    page.get_by_role("link", name="Get it: Export").click()
    page.get_by_role("button", name="Make a copy").click()
    account.prove()
    account.has_come_to("/accounts/exports/")
    expect(page.get_by_test_id("exports")).to_contain_text("completed", timeout=30_000)
    with page.expect_download() as fetched:
        page.get_by_role("link", name=re.compile("^Download")).click()
    assert zipfile.ZipFile(fetched.value.path()).testzip() is None
