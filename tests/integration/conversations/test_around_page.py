"""The chat page at a place in the middle of a history."""

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from chatbot.accounts.models import User
from conversations.branches import show_branch
from conversations.models import Conversation, Message
from conversations.selectors import branch_of
from tests.factories import make_conversation, make_message
from tests.integration.conversations.test_around import numbered
from tests.integration.conversations.test_views import shown


@pytest.fixture
def talk(user: User) -> Conversation:
    """A hundred and twenty messages."""
    return make_conversation(user, messages=120)


@pytest.fixture
def forked(user: User) -> Conversation:
    """Messages 1 to 4, and 5 after 2, which is shown."""
    conversation = make_conversation(user, messages=4)
    second = numbered(conversation, 2)
    show_branch(conversation=conversation, upto=second.pk)
    make_message(conversation, content="Message 5", parent_id=second.pk)
    return conversation


def page(web: Client, conversation: Conversation, query: str = "") -> str:
    response = web.get(f"/c/{conversation.pk}/{query}")
    assert response.status_code == 200
    return response.content.decode()


def around(web: Client, message: Message) -> str:
    return page(web, message.conversation, f"?around={message.pk}")


def link(html: str, name: str) -> str | None:
    found = re.search(rf'data-testid="{name}" href="([^"]+)"', html)
    return found[1] if found else None


def test_a_link_leads_to_the_page_with_its_message(web: Client, talk: Conversation) -> None:
    message = numbered(talk, 60)
    html = around(web, message)
    texts = shown(html)
    assert (texts[0], texts[25], texts[-1]) == ("Message 35", "Message 60", "Message 84")
    assert f'id="message-{message.pk}"' in html
    assert f'data-around="{message.pk}"' in html


def test_links_lead_from_there_to_all_older_and_all_newer_messages(web: Client, talk: Conversation) -> None:
    html = first = around(web, numbered(talk, 60))
    found = shown(html)
    while newer := link(html, "newer"):
        html = page(web, talk, newer)
        found += shown(html)
    html = first
    while (earlier := link(html, "earlier")) and "before=&" not in earlier and earlier != "?before=":
        html = page(web, talk, earlier)
        found = shown(html) + found
    assert found == [f"Message {number}" for number in range(1, 121)]


def test_whoever_went_back_finds_the_way_to_the_newest(web: Client, talk: Conversation) -> None:
    html = page(web, talk, "?before=71")
    assert shown(html)[-1] == "Message 70"
    assert shown(page(web, talk, link(html, "newer") or ""))[0] == "Message 71"
    assert link(html, "newest") == f"/c/{talk.pk}/"
    newest = page(web, talk)
    assert (link(newest, "newer"), link(newest, "newest")) == (None, None)


def test_a_message_of_another_branch_is_offered_where_that_begins_and_nothing_is_switched(
    web: Client, forked: Conversation
) -> None:
    message = numbered(forked, 4)
    html = around(web, message)
    assert shown(html) == ["Message 1", "Message 2", "Message 5"]
    assert f'action="/c/{forked.pk}/show/{message.pk}/"' in html
    assert "another version" in html
    assert branch_of(forked).count() == 3


def test_a_form_shows_the_other_branch_at_that_message(web: Client, forked: Conversation) -> None:
    message = numbered(forked, 4)
    response = web.post(f"/c/{forked.pk}/show/{message.pk}/")
    assert response.headers["Location"] == f"/c/{forked.pk}/?around={message.pk}#message-{message.pk}"
    html = around(web, message)
    assert shown(html) == ["Message 1", "Message 2", "Message 3", "Message 4"]
    assert "another version" not in html


def test_a_message_with_siblings_links_to_them(web: Client, forked: Conversation) -> None:
    html = page(web, forked)
    assert "2/2" in html
    assert f'formaction="/c/{forked.pk}/show/{numbered(forked, 3).pk}/"' in html
    assert html.count("/show/") == 1


def test_a_branch_is_shown_in_its_own_conversation_only(
    user: User, other_user: User, web: Client, forked: Conversation
) -> None:
    elsewhere, foreign = make_conversation(user, messages=1), make_conversation(other_user, messages=1)
    for conversation in (elsewhere, foreign):
        message = numbered(conversation, 1)
        assert web.post(f"/c/{forked.pk}/show/{message.pk}/").status_code == 404
        assert web.post(f"/c/{foreign.pk}/show/{message.pk}/").status_code == 404


def test_a_message_that_is_gone_is_said_to_be(user: User, web: Client, forked: Conversation) -> None:
    elsewhere = numbered(make_conversation(user, messages=1), 1)
    html = page(web, forked, f"?around={elsewhere.pk}")
    assert "not in this conversation" in html
    assert shown(html)[-1] == "Message 5"


@pytest.mark.parametrize("query", ["around=x", "around=", "around=%00", "after=x", "after=999999999999", "before=0"])
def test_a_strange_place_is_no_error(web: Client, forked: Conversation, query: str) -> None:
    page(web, forked, f"?{query}")


def test_the_page_around_a_message_costs_the_same_at_every_depth(
    web: Client, talk: Conversation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    page(web, talk)
    for number in (1, 60, 120):
        message = numbered(talk, number)
        # The user, the conversation, the place, the numbers, the messages, their siblings, the sidebar, models, tier.
        with django_assert_num_queries(9):
            around(web, message)
