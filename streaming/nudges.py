"""News of lower layers: told to the sockets of the user they concern, and to the hot windows of prompts."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib.auth.signals import user_logged_out
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from chatbot.accounts.models import AccessKey, TokenFamily, User
from chatbot.accounts.signals import session_ended
from chatbot.lib.layer import send_to_group
from conversations.models import Conversation
from conversations.selectors import conversation_as_dict
from conversations.signals import conversation_changed, conversation_deleted
from streaming import bell
from streaming.prompts import hot_window


def group_of(user_id: UUID) -> str:
    """The channel-layer group of a user's sockets."""
    return f"user.{user_id}"


def _check_rights(user_id: UUID) -> None:
    transaction.on_commit(partial(send_to_group, group_of(user_id), {"type": "rights.check"}))


@receiver(conversation_changed)
def tell_changed(conversation: Conversation, **_: Any) -> None:
    """The conversation as it is now."""
    news = {"type": "news.changed", "conversation": conversation_as_dict(conversation)}
    send_to_group(group_of(conversation.user_id), news)


@receiver(conversation_deleted)
def tell_deleted(user_id: UUID, conversation_id: UUID, answers: list[UUID], **_: Any) -> None:
    """The conversation is gone, and nobody waits for its answers any more."""
    for answer in answers:
        bell.ring_stop(answer)
    hot_window.forget(conversation_id)
    send_to_group(group_of(user_id), {"type": "news.deleted", "conversation_id": str(conversation_id)})


@receiver(user_logged_out)
def recheck_after_logout(user: User | None, **_: Any) -> None:
    """A session ended: sockets that lived on it close."""
    if user is not None:
        _check_rights(user.id)


@receiver(session_ended)
def recheck_after_ended_sessions(user: User, **_: Any) -> None:
    """Sessions were ended from elsewhere."""
    _check_rights(user.id)


@receiver([post_save, post_delete], sender=User)
def recheck_after_change(instance: User, created: bool = False, **_: Any) -> None:
    """Rights may have changed."""
    if not created:
        _check_rights(instance.id)


@receiver([post_save, post_delete], sender=AccessKey)
@receiver([post_save, post_delete], sender=TokenFamily)
def recheck_after_key_change(instance: AccessKey | TokenFamily, created: bool = False, **_: Any) -> None:
    """A key or a token family may have been revoked."""
    if not created:
        _check_rights(instance.user_id)
