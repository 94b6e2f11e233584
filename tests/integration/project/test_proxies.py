"""What the application believes of a request's way here."""

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from chatbot.middleware import TrustedProxyMiddleware


def seen(peer: str, **headers: Any) -> dict[str, Any]:
    """The META of a request behind the middleware."""
    request = RequestFactory(REMOTE_ADDR=peer, **headers).get("/")

    async def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    async_to_sync(TrustedProxyMiddleware(view))(request)
    return request.META


@pytest.fixture(autouse=True)
def proxies(settings: Settings) -> None:
    settings.TRUSTED_PROXY_CIDRS = ["10.0.0.0/8"]


def test_behind_a_trusted_proxy_the_client_is_the_one_it_names() -> None:
    meta = seen("10.1.1.1", HTTP_X_FORWARDED_FOR="6.6.6.6, 203.0.113.9", HTTP_X_FORWARDED_PROTO="https")
    assert meta["REMOTE_ADDR"] == "203.0.113.9"
    assert meta["HTTP_X_FORWARDED_PROTO"] == "https"
    assert "HTTP_X_FORWARDED_FOR" not in meta


def test_what_a_stranger_says_of_forwarding_is_taken_away() -> None:
    said = {
        "HTTP_X_FORWARDED_FOR": "10.1.1.1",
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_X_FORWARDED_HOST": "evil.example",
        "HTTP_X_REAL_IP": "10.1.1.1",
        "HTTP_FORWARDED": "for=10.1.1.1",
    }
    meta = seen("203.0.113.9", **said)
    assert meta["REMOTE_ADDR"] == "203.0.113.9"
    assert not said.keys() & meta.keys()
