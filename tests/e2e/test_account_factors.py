"""Second factors in the browser: an authenticator app, passkeys."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, CDPSession, expect

from tests.e2e.account import Account
from tests.e2e.product import Product
from tests.e2e.watch import Watch

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def account(open_context: Callable[..., BrowserContext], product: Product, watch: Watch) -> Account:
    """A stranger's tab under a name that browsers give passkeys to: an address of numbers has none."""
    port = product.url.rpartition(":")[2]
    watch.origin = f"http://localhost:{port}"
    return Account(open_context().new_page(), watch.origin)


class Device:
    """What checks a finger, in the place of a phone."""

    def __init__(self, session: CDPSession) -> None:
        self._session = session
        session.send("WebAuthn.enable")
        added = session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        self._id = added["authenticatorId"]

    def refuse(self, refuses: bool) -> None:
        """Whether the finger is the wrong one from now on."""
        self._session.send("WebAuthn.setUserVerified", {"authenticatorId": self._id, "isUserVerified": not refuses})


@pytest.fixture
def device(account: Account) -> Device:
    """The device of the tab."""
    return Device(account.page.context.new_cdp_session(account.page))


def test_an_authenticator_app_is_set_up_and_asked_for(account: Account) -> None:
    page = account.page
    account.sign_up("totp-ann")
    account.goto("/accounts/")
    page.get_by_role("link", name="Set up: Second factor").click()
    page.get_by_role("link", name="Set up the authenticator app").click()
    account.prove()
    expect(page.locator("img.qr")).to_be_visible()
    secret = page.get_by_test_id("totp-secret").inner_text()
    account.type_code(secret, "Turn on")
    codes = page.get_by_test_id("recovery-codes")
    expect(codes).to_be_visible()
    recovery = codes.inner_text().split()
    assert len(recovery) == 10
    account.sign_out()

    account.sign_in("totp-ann")
    expect(page.get_by_role("heading", level=1)).to_have_text("One more step")
    account.goto("/")
    account.has_come_to("/accounts/2fa/authenticate/")
    account.type_code(secret, "Sign in")
    account.has_come_to("/")
    account.sign_out()

    account.sign_in("totp-ann")
    page.get_by_label("Code").fill(recovery[0])
    page.get_by_role("button", name="Sign in", exact=True).click()
    account.has_come_to("/")
    account.goto("/accounts/2fa/")
    expect(page.get_by_text("9 left")).to_be_visible()


def test_a_passkey_signs_in_alone_and_as_the_second_step(account: Account, device: Device) -> None:
    page = account.page
    account.sign_up("passkey-ann")
    account.goto("/accounts/2fa/")
    page.get_by_role("link", name="Add a passkey").click()
    account.prove()
    page.get_by_label("Name").fill("Laptop")
    expect(page.get_by_label("Sign in with it alone")).to_be_checked()
    page.get_by_role("button", name="Add", exact=True).click()
    account.has_come_to("/accounts/2fa/recovery-codes/")
    account.goto("/accounts/2fa/webauthn/")
    expect(page.get_by_test_id("passkeys")).to_contain_text("Laptop")
    expect(page.get_by_test_id("passkeys")).to_contain_text("Signs in alone")
    account.sign_out()

    page.get_by_role("button", name="Sign in with a passkey").click()
    account.has_come_to("/")
    account.sign_out()

    account.sign_in("passkey-ann")
    account.has_come_to("/accounts/2fa/authenticate/")
    page.get_by_role("button", name="Use a passkey").click()
    account.has_come_to("/")


def test_a_passkey_that_does_not_work_is_told(account: Account, device: Device) -> None:
    page = account.page
    device.refuse(True)
    account.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was changed")
    account.has_come_to("/accounts/login/")
