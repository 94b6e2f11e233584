"""What a closed account held is deleted in batches, and then the account."""

from typing import Any

import pytest
from django.utils import timezone

from chatbot.accounts.models import User
from chatbot.accounts.services import create_access_key
from chatbot.accounts.signals import account_deleted
from conversations import account_deletion
from conversations.account_deletion import delete_accounts
from conversations.models import Conversation, Message
from conversations.tasks import delete_accounts as task
from tests.factories import make_conversation

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed(user: User) -> User:
    """A closed account with some history."""
    make_conversation(user, messages=4)
    make_conversation(user, messages=2)
    create_access_key(user=user, name="script")
    user.is_active = False
    user.deletion_requested_at = timezone.now()
    user.save()
    return user


def test_a_closed_account_goes_with_all_it_held_and_nobody_elses(closed: User, other_user: User) -> None:
    kept = make_conversation(other_user, messages=2)
    heard: list[dict[str, Any]] = []

    def listen(**news: Any) -> None:
        heard.append(news)

    account_deleted.connect(listen)
    try:
        assert task()
    finally:
        account_deleted.disconnect(listen)
    assert list(User.objects.all()) == [other_user]
    assert list(Conversation.objects.all()) == [kept]
    assert Message.objects.count() == 2
    assert [(news["user_id"], news["label"]) for news in heard] == [(closed.pk, "ann")]


def test_open_accounts_stay(user: User) -> None:
    make_conversation(user, messages=1)
    assert delete_accounts(seconds=5)
    assert User.objects.exists()
    assert Message.objects.exists()


def test_a_hold_that_began_meanwhile_keeps_everything(closed: User) -> None:
    User.objects.update(legal_hold=True)
    assert delete_accounts(seconds=5)
    assert User.objects.exists()
    assert Message.objects.count() == 6


def test_what_was_interrupted_goes_on(closed: User, monkeypatch: pytest.MonkeyPatch) -> None:
    again: list[str] = []
    monkeypatch.setattr("conversations.tasks.enqueue_on_commit", again.append)
    with monkeypatch.context() as patch:
        patch.setattr(account_deletion, "delete_everything_of", lambda **_: False)
        assert not task()
    assert again == ["conversations.delete_accounts"]
    assert User.objects.exists()
    assert task()
    assert not User.objects.exists()
