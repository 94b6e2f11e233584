"""What is used and left, on a page of its own and in the foot of the sidebar."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import timezone
from time_machine import travel

from chatbot.accounts.models import User
from chatbot.lib import ratelimit
from chatbot.lib.errors import Overloaded
from tests.integration.conversations.test_conversation_pages import text_of
from tests.integration.streaming.test_usage import make_attachment, make_generation

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def one_window() -> Iterator[None]:
    """Time stands still: no minute ends within a test."""
    with travel("2031-07-07T12:00:00Z", tick=False):
        yield


def test_the_page_tells_what_is_used_in_words_and_bars(user: User, web: Client) -> None:
    ratelimit.take(user.pk, per_minute=user.tier.messages_per_minute)
    make_generation(user, at=timezone.now(), prompt_tokens=1_200, completion_tokens=34)
    make_generation(user, at=timezone.now(), status="running")
    make_attachment(user, 2_000_000)
    response = web.get("/usage/")
    text = text_of(response)
    for words in ("1 of 20", "1 of 3", "1.9 MB of 953.7 MB", "1,200 read, 34 written"):
        assert words in text, words
    assert re.findall(r'max="(\d+)" value="(\d+)"', response.content.decode()) == [
        ("20", "1"),
        ("3", "1"),
        ("1000000000", "2000000"),
    ]


def test_the_foot_of_the_sidebar_tells_of_this_minute(user: User, web: Client) -> None:
    for _ in range(3):
        ratelimit.take(user.pk, per_minute=user.tier.messages_per_minute)
    html = web.get("/").content.decode()
    assert "3 of 20 messages this minute" in html
    assert 'min="0" max="20" value="3" aria-labelledby="usage-text"' in html


def test_what_cannot_be_counted_keeps_no_page_from_its_reader(web: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: object, **__: object) -> None:
        raise Overloaded(retry_after=5)

    monkeypatch.setattr(ratelimit, "look", lost)
    chat = web.get("/")
    assert chat.status_code == 200
    assert "messages this minute" not in chat.content.decode()
    page = web.get("/usage/")
    assert page.status_code == 503
    assert "cannot be counted" in text_of(page)
