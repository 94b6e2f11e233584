"""Temporary chats end by themselves."""

from datetime import timedelta

import pytest
from django.utils import timezone

from chatbot.accounts.models import User
from conversations import deletion
from conversations.expiry import expire_temporary_chats
from conversations.models import Conversation, Message
from conversations.tasks import expire_temporary_chats as task
from tests.factories import make_conversation


def make_temporary(user: User, *, hours: float, messages: int = 1) -> Conversation:
    """A temporary chat that ends in so many hours."""
    return make_conversation(user, messages=messages, expires_at=timezone.now() + timedelta(hours=hours))


def test_only_what_is_over_is_deleted(user: User) -> None:
    kept = [make_temporary(user, hours=1), make_conversation(user, messages=1)]
    make_temporary(user, hours=-1)
    assert task() == 1
    assert set(Conversation.objects.all()) == set(kept)
    assert Message.objects.count() == 2
    assert task() == 0


def test_an_account_on_hold_keeps_its_temporary_chats(user: User) -> None:
    make_temporary(user, hours=-1)
    User.objects.update(legal_hold=True)
    assert expire_temporary_chats(seconds=60) == 0
    User.objects.update(legal_hold=False)
    assert expire_temporary_chats(seconds=60) == 1


def test_the_oldest_go_first_and_the_rest_next_time(user: User) -> None:
    newer, older = make_temporary(user, hours=-1), make_temporary(user, hours=-2)
    assert expire_temporary_chats(seconds=-1) == 0
    assert set(Conversation.objects.all()) == {newer, older}
    assert expire_temporary_chats(seconds=60) == 2


def test_a_long_one_is_hidden_and_finished_later(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deletion, "BATCH", 2)
    make_temporary(user, hours=-1, messages=5)
    assert expire_temporary_chats(seconds=60) == 1
    assert not Conversation.objects.exists()
    assert deletion.finish_deletions(seconds=60)
    assert not Message.objects.exists()
