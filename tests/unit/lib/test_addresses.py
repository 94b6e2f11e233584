"""Whose word on client addresses is taken."""

import pytest
from pytest_django import Settings

from chatbot.lib.addresses import UNKNOWN, client_address, is_trusted_proxy


@pytest.fixture(autouse=True)
def proxies(settings: Settings) -> None:
    settings.TRUSTED_PROXY_CIDRS = ["10.0.0.0/8", "fd00::/8", "192.0.2.7"]


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        ("10.1.2.3", "203.0.113.9", "203.0.113.9"),
        ("10.1.2.3", "203.0.113.9, 10.9.9.9", "203.0.113.9"),
        ("10.1.2.3", "198.51.100.1, 203.0.113.9, 10.9.9.9,192.0.2.7", "203.0.113.9"),
        ("::ffff:10.1.2.3", "203.0.113.9", "203.0.113.9"),
        ("fd00::1", "2001:db8::5", "2001:db8::5"),
        ("10.1.2.3", "203.0.113.9:4711", "203.0.113.9"),
        ("10.1.2.3", "[2001:db8::5]:4711", "2001:db8::5"),
        ("10.1.2.3", "", "10.1.2.3"),
        ("10.1.2.3", "10.4.4.4", "10.4.4.4"),
    ],
)
def test_a_trusted_proxy_speaks_for_its_client(peer: str, forwarded_for: str, client: str) -> None:
    assert client_address(peer, forwarded_for) == client


@pytest.mark.parametrize("forwarded_for", ["", "127.0.0.1", "10.1.1.1", "1.2.3.4, 10.1.1.1", "nonsense", "," * 5_000])
def test_a_stranger_speaks_for_nobody(forwarded_for: str) -> None:
    assert client_address("203.0.113.9", forwarded_for) == "203.0.113.9"


@pytest.mark.parametrize("invented", ["10.3.3.3", "127.0.0.1", "nonsense", "", "1.1.1.1, 2.2.2.2", "a" * 10_000])
def test_what_a_client_invents_stands_left_of_the_truth(invented: str) -> None:
    assert client_address("10.1.2.3", f"{invented}, 203.0.113.9") == "203.0.113.9"


@pytest.mark.parametrize("broken", ["unknown", "10.1.2", "_hidden", "[", ":", "::1%", "999.1.1.1", " "])
def test_past_what_is_no_address_nobody_is_believed(broken: str) -> None:
    assert client_address("10.1.2.3", f"203.0.113.9, {broken}") == "10.1.2.3"


def test_a_peer_without_an_address_is_nobody() -> None:
    assert client_address("", "203.0.113.9") == UNKNOWN
    assert not is_trusted_proxy("")


def test_without_trusted_proxies_every_peer_is_the_client(settings: Settings) -> None:
    settings.TRUSTED_PROXY_CIDRS = []
    assert client_address("10.1.2.3", "203.0.113.9") == "10.1.2.3"
    assert not is_trusted_proxy("10.1.2.3")
