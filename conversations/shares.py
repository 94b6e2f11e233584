"""Read-only pages of conversations for whoever has the link: share_conversation, revoke_share, and their reads."""

import re
import secrets
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Length
from django.utils import timezone

from chatbot.accounts.models import User
from chatbot.lib.errors import InvalidInput, NotFound, QuotaExceeded
from chatbot.lib.ids import new_id
from conversations.models import Conversation, Message, Share
from conversations.selectors import branch_of, get_conversation
from conversations.signals import noteworthy

TOKEN_BYTES = 32
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
# A page must stay one that a browser opens.
MOST_MESSAGES = 1_000
MOST_CHARACTERS = 2_000_000
# Of one user, in force at a time.
MOST_SHARES = 500

_SHOWN = (Message.Status.COMPLETED, Message.Status.STOPPED, Message.Status.FAILED)


class SharedMessage(TypedDict):
    """A message as a shared page shows it: nothing in it leads back to anybody."""

    role: str
    content: str
    model: str
    created_at: str
    attachments: list[dict[str, str]]


def shares_of(user: User) -> QuerySet[Share]:
    """The shares of a user that are not revoked, without what they show."""
    return Share.objects.filter(user=user, revoked_at=None).defer("content")


def get_share(*, user: User, share_id: UUID) -> Share:
    """The user's share; raises NotFound."""
    share = shares_of(user).filter(pk=share_id).first()
    if share is None:
        raise NotFound("There is no such share.")
    return share


def open_share(token: str) -> Share:
    """What a link leads to; raises NotFound when it is no link, was revoked, has ended, or its conversation or its
    owner is gone.
    """
    share = None
    if TOKEN.fullmatch(token):
        living = Share.objects.filter(_in_force(), token=token, user__is_active=True)
        share = living.filter(conversation__in=Conversation.objects.all()).first()
    if share is None:
        raise NotFound("There is no such page.")
    return share


def _in_force() -> Q:
    return Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=timezone.now()))


@transaction.atomic
def share_conversation(
    *, user: User, conversation_id: UUID, title: str | None = None, expires_at: datetime | None = None
) -> Share:
    """A link to the branch that the conversation shows, as it is now. Answers that are being written, held or withheld
    are left out. Without a title the page has the conversation's.

    Raises NotFound, InvalidInput when there is nothing or too much to share, QuotaExceeded.
    """
    if expires_at is not None and expires_at <= timezone.now():
        raise InvalidInput("`expires_at` must lie in the future.")
    if Share.objects.filter(_in_force(), user=user).count() >= MOST_SHARES:
        raise QuotaExceeded(f"You may have {MOST_SHARES} shared conversations. Revoke some first.")
    conversation = get_conversation(user=user, conversation_id=conversation_id)
    share = Share.objects.create(
        id=new_id(user.id),
        token=secrets.token_urlsafe(TOKEN_BYTES),
        user=user,
        conversation=conversation,
        title=conversation.title if title is None else title,
        content=_freeze(conversation),
        created_at=timezone.now(),
        expires_at=expires_at,
    )
    details = {"conversation_id": str(conversation_id), "expires_at": expires_at.isoformat() if expires_at else None}
    noteworthy.send(Share, action="share.created", actor=user, target=share, details=details)
    return share


@transaction.atomic
def revoke_share(*, share: Share, actor: User) -> bool:
    """Ends a link for good; False when it had ended before."""
    revoked = Share.objects.filter(pk=share.pk, revoked_at=None).update(revoked_at=timezone.now())
    if revoked:
        details = {"conversation_id": str(share.conversation_id), "owner": str(share.user_id)}
        noteworthy.send(Share, action="share.revoked", actor=actor, target=share, details=details)
    return bool(revoked)


def _freeze(conversation: Conversation) -> list[SharedMessage]:
    says_something = ~Q(content="") | Q(metadata__has_key="attachments")
    branch = branch_of(conversation).filter(says_something, status__in=_SHOWN)
    size = branch.aggregate(messages=Count("pk"), characters=Sum(Length("content"), default=0))
    if not size["messages"]:
        raise InvalidInput("There is nothing to share yet.")
    for what, most in (("messages", MOST_MESSAGES), ("characters", MOST_CHARACTERS)):
        if size[what] > most:
            raise InvalidInput(f"The conversation has {size[what]:,} {what}; {most:,} can be shared.")
    return [_shown(message) for message in branch.order_by("sequence_number")]


def _shown(message: Message) -> SharedMessage:
    attached: list[dict[str, Any]] = message.metadata.get("attachments") or []
    return SharedMessage(
        role=message.role,
        content=message.content,
        model=str(message.metadata.get("model") or "") if message.role == Message.Role.ASSISTANT else "",
        created_at=message.created_at.isoformat(),
        attachments=[
            {"name": str(one.get("name", "")), "kind": str(one.get("kind", ""))}
            for one in attached
            if not one.get("deleted")
        ],
    )
