"""JSON of the API is compressed for whoever accepts it; pages and events are not."""

import gzip
import json

import pytest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import AsyncRequestFactory, Client

from chatbot.accounts.models import User
from chatbot.compression import LARGE, SMALLEST, CompressionMiddleware
from tests.factories import make_conversation

JSON = "application/json"


async def through(
    content: bytes | list[bytes], accept: str | None = "gzip", kind: str = JSON, **headers: str
) -> HttpResponse:
    """The response after the middleware."""

    async def answer(request: HttpRequest) -> HttpResponse:
        if isinstance(content, list):
            return StreamingHttpResponse(content, content_type=kind)  # type: ignore[return-value]
        return HttpResponse(content, content_type=kind, headers=headers)

    request = AsyncRequestFactory().get("/", headers={"Accept-Encoding": accept} if accept else {})
    return await CompressionMiddleware(answer)(request)  # type: ignore[return-value]


@pytest.mark.parametrize("length", [SMALLEST, LARGE, 300_000])
async def test_json_comes_back_whole_and_smaller(length: int) -> None:
    body = json.dumps({"text": "All work and no play. " * (length // 20)}).encode()
    response = await through(body)
    assert response["Content-Encoding"] == "gzip"
    assert response["Vary"] == "Accept-Encoding"
    assert int(response["Content-Length"]) == len(response.content) < len(body) / 2
    assert gzip.decompress(response.content) == body


@pytest.mark.parametrize(
    "accept", [None, "", "identity", "br", "gzip;q=0", "gzip; q=0.000, br", "br, gzip;q=0", "ungzip", "gzipped"]
)
async def test_who_does_not_accept_gzip_gets_it_as_it_is(accept: str | None) -> None:
    response = await through(b" " * 5_000, accept)
    assert "Content-Encoding" not in response
    assert response["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("accept", ["gzip", "gzip, deflate, br", "br;q=1.0, gzip;q=0.8", "GZIP", "x-gzip", "br,gzip"])
async def test_who_accepts_gzip_gets_it(accept: str) -> None:
    assert (await through(b" " * 5_000, accept))["Content-Encoding"] == "gzip"


async def test_what_is_short_or_no_json_or_compressed_already_is_left_alone() -> None:
    assert "Content-Encoding" not in await through(b" " * (SMALLEST - 1))
    assert "Content-Encoding" not in await through(b" " * 5_000, kind="text/html")
    assert (await through(b" " * 5_000, **{"Content-Encoding": "br"})).content == b" " * 5_000


async def test_events_are_never_held_back() -> None:
    for kind in ("text/event-stream", JSON):
        response = await through([b"data: 1\n\n" * 1_000], kind=kind)
        assert response.streaming
        assert "Content-Encoding" not in response


async def test_the_length_of_equal_bodies_differs() -> None:
    lengths = {len((await through(b" " * 5_000)).content) for _ in range(30)}
    assert len(lengths) > 5


async def test_a_strong_validator_becomes_a_weak_one() -> None:
    assert (await through(b" " * 5_000, ETag='"abc"'))["ETag"] == 'W/"abc"'
    assert (await through(b" " * 5_000, ETag='W/"abc"'))["ETag"] == 'W/"abc"'


def test_a_list_of_conversations_is_compressed_and_a_page_is_not(user: User) -> None:
    for number in range(20):
        make_conversation(user, title=f"Conversation {number}")
    client = Client(headers={"Accept-Encoding": "gzip"})
    client.force_login(user)
    response = client.get("/api/v1/conversations/")
    assert response["Content-Encoding"] == "gzip"
    assert len(json.loads(gzip.decompress(response.content))["results"]) == 20
    assert "Content-Encoding" not in client.get("/")
