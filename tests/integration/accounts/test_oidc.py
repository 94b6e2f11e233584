"""Signing in by OpenID Connect, against a provider on the network."""

import re
from collections.abc import Iterator
from html import unescape
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.test import Client
from pytest_django import Settings

from chatbot.accounts.models import User
from tests.factories import PASSWORD, make_user
from tests.integration.accounts.oidc_server import CLIENT_ID, CLIENT_SECRET, OidcServer

pytestmark = pytest.mark.django_db

BEGIN = "/accounts/oidc/oidc/login/"


@pytest.fixture(scope="module")
def running_server() -> Iterator[OidcServer]:
    with OidcServer() as server:
        yield server


@pytest.fixture
def server(running_server: OidcServer, settings: Settings) -> OidcServer:
    """The provider, which the settings name; Ada is at its keyboard."""
    app = {
        "provider_id": "oidc",
        "name": "Example Corp",
        "client_id": CLIENT_ID,
        "secret": CLIENT_SECRET,
        "settings": {"server_url": running_server.issuer, "oauth_pkce_enabled": True},
    }
    settings.OIDC_ISSUER = running_server.issuer
    settings.OIDC_SIGNUP = True
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
    running_server.is_(
        "ada-1", preferred_username="ada", name="Ada Lovelace", email="ada@example.org", email_verified=True
    )
    return running_server


def ask_provider(url: str) -> str:
    """Where the provider sends the browser back to."""
    there = urlsplit(url)
    connection = HTTPConnection(there.netloc, timeout=10)
    connection.request("GET", f"{there.path}?{there.query}")
    back = urlsplit(connection.getresponse().headers["Location"])
    connection.close()
    return f"{back.path}?{back.query}"


def sign_in(web: Client, process: str = "login") -> Any:
    """Goes there and back as a browser does; gives the answer to the coming back."""
    onward = web.post(f"{BEGIN}?process={process}")
    assert onward.status_code == 200
    (url,) = re.findall(r'<a class="button" href="([^"]+)"', onward.content.decode())
    return web.get(ask_provider(unescape(url)))


def test_the_first_sign_in_makes_an_account_with_the_default_tier(server: OidcServer) -> None:
    web = Client()
    response = sign_in(web)
    assert response["Location"] == "/"
    user = User.objects.get()
    assert (user.username, user.first_name, user.last_name) == ("ada", "Ada", "Lovelace")
    assert user.tier.is_default
    assert not user.has_usable_password()
    assert not user.is_staff
    assert EmailAddress.objects.get().verified
    assert not SocialToken.objects.exists()
    assert web.get("/").status_code == 200


def test_the_second_sign_in_opens_the_same_account(server: OidcServer) -> None:
    sign_in(Client())
    assert sign_in(Client())["Location"] == "/"
    assert User.objects.count() == SocialAccount.objects.count() == 1


def test_the_browser_is_sent_on_by_a_page_and_not_by_a_redirect(server: OidcServer) -> None:
    page = Client().post(BEGIN).content.decode()
    assert f'content="0;url={server.issuer}/authorize?' in page
    assert "code_challenge_method=S256" in page


def test_following_a_link_asks_first(server: OidcServer) -> None:
    page = Client().get(BEGIN)
    assert page.status_code == 200
    assert server.issuer not in page.content.decode()


def test_the_login_page_offers_it_only_where_it_is_set_up(server: OidcServer, settings: Settings) -> None:
    assert "Continue with Example Corp" in Client().get("/accounts/login/").content.decode()
    settings.OIDC_ISSUER = ""
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": []}}
    assert "Continue with" not in Client().get("/accounts/login/").content.decode()
    assert Client().post(BEGIN).status_code == 404
    assert Client().get(f"{BEGIN}callback/").status_code == 404


def test_nobody_gets_an_account_where_that_is_closed(server: OidcServer, settings: Settings) -> None:
    settings.OIDC_SIGNUP = False
    assert "Ask your administrator" in sign_in(Client()).content.decode()
    assert not User.objects.exists()


def test_who_has_an_account_gets_in_where_new_ones_are_closed(server: OidcServer, settings: Settings) -> None:
    sign_in(Client())
    settings.OIDC_SIGNUP = settings.SIGNUP_OPEN = False
    assert sign_in(Client())["Location"] == "/"


def test_a_deactivated_user_is_refused(server: OidcServer) -> None:
    sign_in(Client())
    User.objects.update(is_active=False)
    web = Client()
    assert sign_in(web)["Location"] == "/accounts/inactive/"
    assert web.get("/").status_code == 302


def test_a_second_factor_is_asked_for_all_the_same(server: OidcServer) -> None:
    sign_in(Client())
    TOTP.activate(User.objects.get(), generate_totp_secret())
    web = Client()
    assert sign_in(web)["Location"] == "/accounts/2fa/authenticate/"
    assert web.get("/").status_code == 302


def make_local(verified: bool) -> User:
    user = make_user("countess", email="ada@example.org")
    EmailAddress.objects.create(user=user, email="ada@example.org", verified=verified, primary=True)
    return user


def test_an_account_of_the_same_verified_address_is_opened_where_the_provider_is_trusted(
    server: OidcServer, settings: Settings
) -> None:
    settings.SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
    user = make_local(verified=True)
    assert sign_in(Client())["Location"] == "/"
    assert SocialAccount.objects.get().user == user
    assert User.objects.get().check_password(PASSWORD)


@pytest.mark.parametrize(
    ("trusted", "ours", "theirs"),
    [(False, True, True), (True, False, True), (True, True, False), (True, True, "false"), (True, True, None)],
)
def test_otherwise_an_address_opens_nothing(
    server: OidcServer, settings: Settings, trusted: bool, ours: bool, theirs: object
) -> None:
    settings.SOCIALACCOUNT_EMAIL_AUTHENTICATION = trusted
    make_local(verified=ours)
    server.is_("ada-1", email="ada@example.org", email_verified=theirs)
    web = Client()
    assert sign_in(web)["Location"] == "/accounts/3rdparty/signup/"
    page = web.post("/accounts/3rdparty/signup/", {"username": "ada", "email": "ada@example.org"})
    assert page.status_code == 200
    assert User.objects.count() == 1
    assert not SocialAccount.objects.exists()


def test_a_taken_username_is_replaced(server: OidcServer) -> None:
    make_user("ada")
    assert sign_in(Client())["Location"] == "/"
    assert User.objects.count() == 2
    assert SocialAccount.objects.get().user.username != "ada"


def test_who_is_signed_in_connects_an_account_and_disconnects_it(server: OidcServer) -> None:
    user = make_user("ann")
    web = Client()
    web.post("/accounts/login/", {"login": "ann", "password": PASSWORD})
    web.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert sign_in(web, "connect")["Location"] == "/accounts/3rdparty/"
    connected = SocialAccount.objects.get()
    assert connected.user == user
    assert "ada@example.org" in web.get("/accounts/3rdparty/").content.decode()
    assert sign_in(Client())["Location"] == "/"
    web.post("/accounts/3rdparty/", {"account": connected.pk})
    assert not SocialAccount.objects.exists()


def test_the_last_way_in_is_not_given_up(server: OidcServer) -> None:
    web = Client()
    sign_in(web)
    page = web.post("/accounts/3rdparty/", {"account": SocialAccount.objects.get().pk})
    assert "no password" in page.content.decode()
    assert SocialAccount.objects.exists()


@pytest.mark.parametrize("broken", ["/.well-known/openid-configuration", "/token", "/userinfo"])
def test_a_provider_that_fails_is_told_as_a_page(server: OidcServer, broken: str) -> None:
    web = Client()
    onward = web.post(BEGIN)
    (url,) = re.findall(r'<a class="button" href="([^"]+)"', onward.content.decode())
    back = ask_provider(unescape(url))
    server.broken[broken] = 500
    response = web.get(back)
    assert response.status_code == 401
    assert "did not work" in response.content.decode()
    assert not User.objects.exists()


def test_a_provider_that_is_away_is_told_as_a_page(server: OidcServer) -> None:
    server.broken["/.well-known/openid-configuration"] = 503
    response = Client().post(BEGIN)
    assert response.status_code == 401
    assert "did not work" in response.content.decode()


@pytest.mark.parametrize(
    ("part", "claims"),
    [
        ("info", {"sub": "somebody else"}),
        ("info", {"sub": None}),
        ("info", {"sub": "x" * 300}),
        ("info", {"name": "a\x00b"}),
        ("info", {"preferred_username": {"an": "object"}}),
        ("token", {"aud": "another program"}),
        ("token", {"iss": "https://another.example"}),
        ("token", {"exp": 1}),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_makes_no_sense_signs_nobody_in(server: OidcServer, part: str, claims: dict[str, Any]) -> None:
    setattr(server, part, claims)
    web = Client()
    response = sign_in(web)
    assert response.status_code == 401
    assert "did not work" in response.content.decode()
    assert web.get("/").status_code == 302
    assert not SocialAccount.objects.exists()


def test_an_address_that_is_none_is_left_out(server: OidcServer) -> None:
    server.info = {"email": ["a", "list"]}
    assert sign_in(Client())["Location"] == "/"
    assert not EmailAddress.objects.exists()


def test_names_that_are_too_long_are_cut(server: OidcServer) -> None:
    server.is_("ada-1", preferred_username="a" * 400, given_name="b" * 400, family_name="c" * 400)
    assert sign_in(Client())["Location"] == "/"
    assert User.objects.get().first_name == "b" * 150


def test_a_code_that_was_not_asked_for_is_refused(server: OidcServer) -> None:
    web = Client()
    before = server.spent
    assert web.get(f"{BEGIN}callback/?code=stolen&state=guessed").status_code == 401
    assert web.get(f"{BEGIN}callback/").status_code == 401
    assert server.spent == before
    assert web.get("/").status_code == 302


def test_who_turns_back_is_told_that_nothing_happened(server: OidcServer) -> None:
    server.denies = True
    web = Client()
    response = sign_in(web)
    assert response["Location"] == "/accounts/3rdparty/login/cancelled/"
    assert "turned back" in web.get(response["Location"]).content.decode()
