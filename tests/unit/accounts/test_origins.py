"""Which pages may open a socket with the user's cookies."""

import pytest
from pytest_django import Settings

from chatbot.accounts.handshake import origin_allowed


@pytest.fixture(autouse=True)
def deployment(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["chat.example.org", "localhost"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://intranet.example.org", "https://*.partner.example"]


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://chat.example.org", "chat.example.org"),
        ("http://localhost:8000", "localhost:8000"),
        ("https://intranet.example.org", "chat.example.org"),
        ("https://team.partner.example", "chat.example.org"),
        ("https://partner.example", "chat.example.org"),
    ],
)
def test_the_own_host_and_trusted_origins_may_connect(origin: str, host: str) -> None:
    assert origin_allowed(origin, host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("", "chat.example.org"),
        ("null", "chat.example.org"),
        ("https://evil.example", "chat.example.org"),
        ("https://chat.example.org.evil.example", "chat.example.org"),
        ("https://chat.example.org@evil.example", "chat.example.org"),
        ("https://evil.example", "evil.example"),  # a forged Host header helps nobody
        ("http://localhost:9000", "localhost:8000"),
        ("http://intranet.example.org", "chat.example.org"),
        ("https://notpartner.example", "chat.example.org"),
        ("ftp://chat.example.org", "chat.example.org"),
        ("file://", ""),
        ("http://[", "chat.example.org"),
        ("", ""),
    ],
)
def test_every_other_origin_is_refused(origin: str, host: str) -> None:
    assert not origin_allowed(origin, host)
