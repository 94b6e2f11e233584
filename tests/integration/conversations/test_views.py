"""The chat page."""

import re
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from chatbot.accounts.models import User
from tests.factories import make_conversation, make_message


def shown(html: str) -> list[str]:
    """The texts of the messages on the page."""
    thread = html.split('data-part="messages"')[1].split("</section>")[0]
    return re.findall(r'data-part="text">(.*?)</div>', thread, re.DOTALL)


def test_a_new_chat_is_an_empty_page_with_a_fresh_message_id(web: Client) -> None:
    pages = [web.get("/") for _ in range(2)]
    assert [page.status_code for page in pages] == [200, 200]
    found = [re.findall(r"[0-9a-f-]{36}", page.content.decode().split("<form", 1)[1]) for page in pages]
    assert not set(found[0]) & set(found[1]) - {str(web.session["_auth_user_id"])}


def test_a_conversation_shows_its_messages_in_order(user: User, web: Client) -> None:
    conversation = make_conversation(user, messages=3)
    html = web.get(f"/c/{conversation.pk}/").content.decode()
    assert shown(html) == ["Message 1", "Message 2", "Message 3"]
    assert 'data-part="earlier-row" hidden' in html


def test_earlier_messages_are_a_link_away(user: User, web: Client) -> None:
    conversation = make_conversation(user, messages=53)
    html = web.get(f"/c/{conversation.pk}/").content.decode()
    assert shown(html)[0] == "Message 4"
    assert 'data-part="earlier-row" hidden' not in html
    link = re.search(r'href="(\?before=\d+)"', html)
    assert link is not None
    assert shown(web.get(f"/c/{conversation.pk}/{link[1]}").content.decode()) == [
        "Message 1",
        "Message 2",
        "Message 3",
    ]


@pytest.mark.parametrize("before", ["", "x", "-1", "1e9", "²", "9" * 50, "\x00"])
def test_a_strange_page_number_is_no_error(user: User, web: Client, before: str) -> None:
    conversation = make_conversation(user, messages=1)
    assert web.get(f"/c/{conversation.pk}/", {"before": before}).status_code == 200


def test_anothers_conversation_is_not_found(other_user: User, web: Client) -> None:
    assert web.get(f"/c/{make_conversation(other_user).pk}/").status_code == 404
    assert web.get(f"/c/{uuid4()}/").status_code == 404


def test_the_page_costs_the_same_for_little_and_for_much(
    user: User, web: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    conversation = make_conversation(user, messages=1)
    web.get("/")
    for count in (0, 20):
        for number in range(count):
            make_conversation(user, title=f"Another {number}", messages=1)
            make_message(conversation)
        # The user, the conversation, its messages, their siblings, the sidebar, the tier, the models.
        with django_assert_num_queries(7):
            assert web.get(f"/c/{conversation.pk}/").status_code == 200


def test_only_reading_is_allowed(web: Client) -> None:
    assert web.post("/").status_code == 405
