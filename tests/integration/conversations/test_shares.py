"""Shared conversations: the links, and the public page."""

import json
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient

from chatbot.accounts.models import User
from conversations import shares
from conversations.deletion import delete_conversation
from conversations.models import Conversation, Message, Share
from conversations.shares import share_conversation
from moderation.models import AuditEntry
from tests.factories import make_conversation, make_message
from tests.integration.conversations.test_api import assert_error

LIST = "/api/v1/shares/"
SECRET = "Elm Street 5"


@pytest.fixture
def conversation(user: User) -> Conversation:
    """A question and its answer."""
    return make_conversation(user, messages=2, title="Tea & <b>toast</b>")


@pytest.fixture
def stranger() -> Client:
    """A browser in which nobody is logged in."""
    return Client()


def post(api: APIClient, **body: Any) -> Any:
    return api.post(LIST, json.dumps(body, default=str), content_type="application/json")


def path_of(share: Share) -> str:
    return f"/s/{share.token}/"


def texts(html: str) -> list[str]:
    return re.findall(r'data-part="text">(.*?)</div>', html, re.DOTALL)


def test_a_link_shows_the_conversation_to_everybody_and_says_who_nobody_is(
    user: User, api: APIClient, stranger: Client, conversation: Conversation
) -> None:
    Message.objects.filter(conversation=conversation, role="assistant").update(metadata={"model": "big"})
    response = post(api, conversation_id=conversation.pk)
    assert response.status_code == 201
    body = response.json()
    share = Share.objects.get()
    assert body == {
        "id": str(share.pk),
        "url": f"http://testserver/s/{share.token}/",
        "conversation_id": str(conversation.pk),
        "title": "Tea & <b>toast</b>",
        "created_at": body["created_at"],
        "expires_at": None,
    }
    assert len(share.token) == 43
    page = stranger.get(path_of(share))
    assert page.status_code == 200
    html = page.content.decode()
    assert texts(html) == ["Message 1", "Message 2"]
    assert "Tea &amp; &lt;b&gt;toast&lt;/b&gt;" in html
    assert ">big<" in html
    for name in (user.username, str(user.pk), str(conversation.pk), str(share.pk)):
        assert name not in html


def test_the_page_is_kept_by_nobody_and_found_by_no_search_engine(
    stranger: Client, user: User, conversation: Conversation
) -> None:
    share = share_conversation(user=user, conversation_id=conversation.pk)
    for path, status in ((path_of(share), 200), (f"/s/{'x' * 43}/", 404)):
        page = stranger.get(path)
        assert page.status_code == status
        assert page["X-Robots-Tag"] == "noindex, nofollow, noarchive"
        assert page["Cache-Control"] == "no-store"
        assert page["Referrer-Policy"] == "same-origin"
        assert "default-src 'none'" in page["Content-Security-Policy"]
        assert not page.cookies
    assert (
        '<meta name="robots" content="noindex, nofollow, noarchive">' in stranger.get(path_of(share)).content.decode()
    )
    assert stranger.post(path_of(share)).status_code == 405
    assert stranger.head(path_of(share)).status_code == 200


def test_what_is_said_later_stays_out(user: User, stranger: Client, conversation: Conversation) -> None:
    share = share_conversation(user=user, conversation_id=conversation.pk)
    make_message(conversation, content=SECRET)
    Message.objects.filter(conversation=conversation, sequence_number=1).update(content=SECRET)
    Conversation.objects.update(title=SECRET)
    assert SECRET not in stranger.get(path_of(share)).content.decode()


@pytest.mark.parametrize("status", ["pending", "held", "blocked"])
def test_what_is_not_there_to_be_read_is_not_shared(user: User, conversation: Conversation, status: str) -> None:
    make_message(conversation, role=Message.Role.ASSISTANT, status=Message.Status(status), content=SECRET)
    share = share_conversation(user=user, conversation_id=conversation.pk)
    assert [message["content"] for message in share.content] == ["Message 1", "Message 2"]


def test_only_the_branch_that_is_shown_is_shared(user: User, conversation: Conversation) -> None:
    other = make_message(conversation, content=SECRET)
    Message.objects.filter(pk=other.pk).update(current=False)
    share = share_conversation(user=user, conversation_id=conversation.pk)
    assert [message["content"] for message in share.content] == ["Message 1", "Message 2"]


def test_of_an_attachment_only_name_and_kind_are_shown(
    user: User, stranger: Client, conversation: Conversation
) -> None:
    attached: dict[str, Any] = {
        "id": str(uuid4()),
        "name": "<i>cat</i>.png",
        "kind": "image",
        "media_type": "image/png",
        "size": 9,
    }
    gone = {**attached, "name": "dog.png", "deleted": True}
    Message.objects.filter(conversation=conversation, role="user").update(metadata={"attachments": [attached, gone]})
    share = share_conversation(user=user, conversation_id=conversation.pk)
    assert share.content[0]["attachments"] == [{"name": "<i>cat</i>.png", "kind": "image"}]
    html = stranger.get(path_of(share)).content.decode()
    assert "&lt;i&gt;cat&lt;/i&gt;.png" in html
    assert attached["id"] not in html


def test_a_message_that_is_nothing_but_a_file_is_shown_and_an_empty_answer_is_not(
    user: User, stranger: Client, conversation: Conversation
) -> None:
    picture = make_message(conversation, content="")
    Message.objects.filter(pk=picture.pk).update(metadata={"attachments": [{"name": "cat.png", "kind": "image"}]})
    make_message(conversation, role=Message.Role.ASSISTANT, status=Message.Status.FAILED, content="")
    share = share_conversation(user=user, conversation_id=conversation.pk)
    assert len(share.content) == 3
    html = stranger.get(path_of(share)).content.decode()
    assert "cat.png" in html
    assert texts(html) == ["Message 1", "Message 2"]


def test_a_revoked_link_is_gone_at_once(
    api: APIClient, user: User, stranger: Client, conversation: Conversation
) -> None:
    share = share_conversation(user=user, conversation_id=conversation.pk)
    assert api.delete(f"{LIST}{share.pk}/").status_code == 204
    assert stranger.get(path_of(share)).status_code == 404
    assert api.get(LIST).json()["results"] == []
    assert_error(api.get(f"{LIST}{share.pk}/"), 404, "not_found")
    assert_error(api.delete(f"{LIST}{share.pk}/"), 404, "not_found")
    entries = AuditEntry.objects.filter(actor_id=user.id, target_type="share", target_id=str(share.pk))
    assert sorted(entries.values_list("action", flat=True)) == ["share.created", "share.revoked"]


def test_a_link_ends_when_it_should(api: APIClient, stranger: Client, conversation: Conversation) -> None:
    end = timezone.now() + timedelta(hours=1)
    response = post(api, conversation_id=conversation.pk, expires_at=end)
    assert response.json()["expires_at"] == end.isoformat().replace("+00:00", "Z")
    share = Share.objects.get()
    assert stranger.get(path_of(share)).status_code == 200
    Share.objects.update(expires_at=timezone.now())
    assert stranger.get(path_of(share)).status_code == 404


def test_a_link_ends_with_its_conversation_and_with_its_owner(
    user: User, stranger: Client, conversation: Conversation
) -> None:
    first = share_conversation(user=user, conversation_id=conversation.pk)
    second = share_conversation(user=user, conversation_id=make_conversation(user, messages=2).pk)
    delete_conversation(user=user, conversation_id=conversation.pk)
    assert stranger.get(path_of(first)).status_code == 404
    assert stranger.get(path_of(second)).status_code == 200
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert stranger.get(path_of(second)).status_code == 404


def test_a_conversation_that_is_being_deleted_is_shown_no_more(
    user: User, stranger: Client, conversation: Conversation
) -> None:
    share = share_conversation(user=user, conversation_id=conversation.pk)
    Conversation.objects.filter(pk=conversation.pk).update(deleted_at=timezone.now())
    assert stranger.get(path_of(share)).status_code == 404


@pytest.mark.parametrize("token", ["x", "x" * 43, "x" * 44, "%00", "ü" * 43, "x" * 42 + "%0A", "%ff", "..%2f" * 9])
def test_what_is_no_link_is_a_404(stranger: Client, db: Any, token: str) -> None:
    assert stranger.get(f"/s/{token}/").status_code == 404


def test_one_address_asks_only_so_often(
    user: User, stranger: Client, conversation: Conversation, settings: Settings
) -> None:
    settings.ANONYMOUS_REQUESTS_PER_MINUTE = 3
    path = path_of(share_conversation(user=user, conversation_id=conversation.pk))
    asked = [stranger.get(path, REMOTE_ADDR="192.0.2.77") for _ in range(8)]  # a minute may end in between
    refused = [page for page in asked if page.status_code == 429]
    assert len(refused) >= 2
    assert 1 <= int(refused[0]["Retry-After"]) <= 60
    assert "wait" in refused[0].content.decode()
    assert stranger.get(path, REMOTE_ADDR="192.0.2.78").status_code == 200


def test_the_page_costs_one_query(
    user: User, stranger: Client, conversation: Conversation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    share = share_conversation(user=user, conversation_id=conversation.pk)
    with django_assert_num_queries(1):
        stranger.get(path_of(share))


def test_the_list_has_ones_own_links_and_costs_the_same_for_many(
    user: User, other_user: User, api: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    share_conversation(user=other_user, conversation_id=make_conversation(other_user, messages=1).pk)
    made = [
        str(share_conversation(user=user, conversation_id=make_conversation(user, messages=1).pk).pk) for _ in range(5)
    ]
    with django_assert_num_queries(2) as queries:  # the user, the page
        page = api.get(LIST, {"limit": 3}).json()
    assert '"content"' not in str(queries.captured_queries)
    rest = api.get(page["next"]).json()
    assert [one["id"] for one in page["results"] + rest["results"]] == made[::-1]
    assert api.get(f"{LIST}{made[0]}/").json() == rest["results"][-1]


def test_what_belongs_to_others_cannot_be_shared_read_or_revoked(
    user: User, api: APIClient, other_api: APIClient, conversation: Conversation
) -> None:
    share = share_conversation(user=user, conversation_id=conversation.pk)
    assert_error(post(other_api, conversation_id=conversation.pk), 404, "not_found")
    assert_error(other_api.get(f"{LIST}{share.pk}/"), 404, "not_found")
    assert_error(other_api.delete(f"{LIST}{share.pk}/"), 404, "not_found")
    share.refresh_from_db()
    assert share.revoked_at is None


def test_an_empty_conversation_and_one_that_is_too_long_are_refused(
    user: User, api: APIClient, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_error(post(api, conversation_id=make_conversation(user).pk), 400, "invalid_input")
    monkeypatch.setattr(shares, "MOST_MESSAGES", 1)
    assert "2 messages" in assert_error(post(api, conversation_id=conversation.pk), 400, "invalid_input")["message"]
    monkeypatch.setattr(shares, "MOST_MESSAGES", 2)
    monkeypatch.setattr(shares, "MOST_CHARACTERS", 17)
    assert "characters" in assert_error(post(api, conversation_id=conversation.pk), 400, "invalid_input")["message"]
    assert not Share.objects.exists()


def test_the_links_of_one_user_are_counted(
    user: User, api: APIClient, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shares, "MOST_SHARES", 2)
    made = [post(api, conversation_id=conversation.pk) for _ in range(3)]
    assert [response.status_code for response in made] == [201, 201, 429]
    assert_error(made[2], 429, "quota_exceeded")
    api.delete(f"{LIST}{made[0].json()['id']}/")
    assert post(api, conversation_id=conversation.pk).status_code == 201


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("conversation_id", None),
        ("conversation_id", "x"),
        ("conversation_id", {}),
        ("title", "x" * 201),
        ("title", "\x00"),
        ("title", "\ud800"),
        ("title", ["x"]),
        ("expires_at", "soon"),
        ("expires_at", "2020-01-01T00:00:00Z"),
        ("expires_at", "9999-12-31T23:59:59-23:00"),
        ("expires_at", "0001-01-01T00:00:00+23:00"),
        ("expires_at", 10**20),
    ],
)
def test_a_field_that_cannot_be_is_refused(api: APIClient, conversation: Conversation, field: str, value: Any) -> None:
    assert_error(post(api, **{"conversation_id": conversation.pk, field: value}), 400, "invalid_input")
    assert not Share.objects.exists()


def test_staff_revoke_on_record(user: User, staff: User, staff_client: Client, conversation: Conversation) -> None:
    share = share_conversation(user=user, conversation_id=conversation.pk)
    action = {"action": "revoke", "_selected_action": [str(share.pk)]}
    page = staff_client.post("/admin/conversations/share/", action, follow=True)
    assert "1 link was revoked" in page.content.decode()
    assert staff_client.get(path_of(share)).status_code == 404
    entry = AuditEntry.objects.get(action="share.revoked")
    assert (entry.actor_id, entry.details["owner"]) == (staff.id, str(user.id))
    assert staff_client.post(f"/admin/conversations/share/{share.pk}/delete/", {"post": "yes"}).status_code == 403


def test_staff_who_only_read_cannot_revoke(user: User, conversation: Conversation) -> None:
    share = share_conversation(user=user, conversation_id=conversation.pk)
    reader = User.objects.create_user("reader", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_share"))
    client = Client()
    client.force_login(reader)
    client.post("/admin/conversations/share/", {"action": "revoke", "_selected_action": [str(share.pk)]})
    share.refresh_from_db()
    assert share.revoked_at is None
