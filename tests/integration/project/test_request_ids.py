"""Every request has an id."""

import re

import pytest
import structlog
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, RequestFactory

from chatbot.middleware import RequestIdMiddleware


def test_a_response_carries_a_fresh_id(client: Client) -> None:
    first, second = (client.get("/health/live")["X-Request-ID"] for _ in range(2))
    assert re.fullmatch(r"[0-9a-f]{32}", first)
    assert first != second


def test_the_id_of_the_proxy_is_kept(client: Client) -> None:
    assert client.get("/health/live", headers={"X-Request-ID": "proxy-1.2_3"})["X-Request-ID"] == "proxy-1.2_3"


@pytest.mark.parametrize(
    "given", ["", "short", "x" * 129, "two words here", "line\nbreak-here", "<script>xx", "ümläüte-x"]
)
def test_an_id_that_is_not_well_formed_is_replaced(client: Client, given: str) -> None:
    response = client.get("/health/live", headers={"X-Request-ID": given})
    assert re.fullmatch(r"[0-9a-f]{32}", response["X-Request-ID"])


async def test_it_works_on_the_asynchronous_path_too(async_client: AsyncClient) -> None:
    response = await async_client.get("/health/live", headers={"X-Request-ID": "proxy-0001"})
    assert response["X-Request-ID"] == "proxy-0001"


def test_an_error_page_carries_an_id(client: Client) -> None:
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert response["X-Request-ID"]


async def test_log_lines_within_the_request_know_its_id() -> None:
    seen: list[object] = []

    async def view(request: HttpRequest) -> HttpResponse:
        seen.append(structlog.contextvars.get_contextvars()["request_id"])
        return HttpResponse()

    request = RequestFactory().get("/", headers={"X-Request-ID": "proxy-0001"})
    await RequestIdMiddleware(view)(request)
    assert seen == ["proxy-0001"]
    assert "request_id" not in structlog.contextvars.get_contextvars()
