"""What a message may hold, and that it is kept as written."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from chatbot.accounts.models import Tier, User
from chatbot.lib.errors import InvalidInput, MessageTooLong
from conversations.content import check_content
from conversations.models import Conversation, Message
from conversations.services import title_from
from tests.factories import make_conversation, make_message
from tests.shared import rows

LIMIT = 100


@pytest.mark.parametrize("content", ["", " ", "\n\t\r ", "\u3000\u2003"])
def test_an_empty_message_is_refused(content: str) -> None:
    with pytest.raises(InvalidInput, match="empty"):
        check_content(content, max_length=LIMIT)


def test_the_limit_counts_characters_and_not_bytes() -> None:
    check_content("😀" * LIMIT, max_length=LIMIT)
    with pytest.raises(MessageTooLong) as refused:
        check_content("a" * (LIMIT + 1), max_length=LIMIT)
    assert refused.value.details == {"length": LIMIT + 1, "max_length": LIMIT}


@pytest.mark.parametrize("content", ["a\x00b", "\x00", "half \ud83d", "\udc00 half", "\ude00\ud83d"])
def test_what_no_database_can_store_is_refused(content: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_content(content, max_length=LIMIT)
    assert refused.value.code == "invalid_input"
    refused.value.message.encode()


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1))
def test_any_other_text_that_shows_something_is_accepted(content: str) -> None:
    if content.strip():
        check_content(content, max_length=len(content))
        assert 1 <= len(title_from(content)) <= 61


def naughty_strings() -> list[str]:
    """Every string that a message may hold."""
    texts = [row["text"] for row in rows("naughty_strings.jsonl")]
    return [text for text in texts if text.strip() and "\x00" not in text]


def test_naughty_strings_come_back_byte_for_byte(user: User) -> None:
    texts = naughty_strings()
    assert len(texts) > 250
    conversation = make_conversation(user)
    for text in texts:
        check_content(text, max_length=100_000)
        make_message(conversation, content=text)
    stored = Message.objects.order_by("sequence_number").values_list("content", flat=True)
    assert [text.encode() for text in stored] == [text.encode() for text in texts]


def test_naughty_titles_come_back_byte_for_byte(user: User, api: APIClient) -> None:
    texts = [text for text in naughty_strings() if len(text) <= 200]
    Tier.objects.update(requests_per_minute=3 * len(texts))
    for text in texts:
        made = api.post("/api/v1/conversations/", {"title": text, "system_prompt": text}, format="json")
        assert made.status_code == 201, text
        read = api.get(f"/api/v1/conversations/{made.json()['id']}/")
        assert json.loads(read.content)["title"].encode() == text.encode()
        assert read.json()["system_prompt"] == text
    assert set(Conversation.objects.values_list("title", flat=True)) == set(texts)


@pytest.mark.parametrize("page", ["chat", "admin"])
def test_naughty_strings_are_only_text_on_a_page(user: User, page: str) -> None:
    conversation = make_conversation(user, title="<script>alert('title')</script>")
    for row in rows("xss.jsonl")[:150]:
        text = row["payload"]
        if text.strip() and "\x00" not in text:
            make_message(conversation, content=f"<b data-mark>{text}")
    User.objects.update(is_staff=True, is_superuser=True)
    client = APIClient()
    client.force_login(User.objects.get())
    path = {"chat": f"/c/{conversation.pk}/", "admin": f"/admin/conversations/conversation/{conversation.pk}/change/"}
    html = client.get(path[page]).content.decode()
    assert "&lt;b data-mark&gt;" in html
    assert "<b data-mark>" not in html
    assert "<script>alert('title')" not in html
