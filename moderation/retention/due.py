"""Which conversations are over, by the tier of their user.

The days count from the last message, or from when the conversation came back from the archive. Pins, folders and the
user's own archive keep nothing: how long an organisation holds data is not for its members to change. Temporary chats
have an end of their own and are never archived.
"""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from chatbot.accounts.models import Tier, User
from chatbot.lib.ids import id_range
from conversations.models import Conversation, Message

# A batch holds conversations of one user: so many, with so many messages together, or one that is longer.
CONVERSATIONS = 100
MESSAGES = 5_000
# Users that are looked up at a time.
USERS = 500


# A century is for ever, and longer than some databases can count back.
LONGEST_DAYS = 36_500


def _forgets(tier: Tier) -> bool:
    return tier.retention_days is not None and tier.retention_days <= LONGEST_DAYS


def _over(tier: Tier) -> Q:
    end = Now() - timedelta(days=tier.retention_days or LONGEST_DAYS)
    return Q(last_message_at__lt=end, expires_at=None) & (Q(restored_at=None) | Q(restored_at__lt=end))


def users_with_due_conversations() -> Iterator[User]:
    """The users, on no legal hold, who have conversations that may be over."""
    for tier in filter(_forgets, Tier.objects.all()):
        over = Conversation.objects.filter(_over(tier), user=OuterRef("pk"))
        users = User.objects.filter(Exists(over), tier=tier, legal_hold=False).select_related("tier").order_by("pk")
        page = list(users[:USERS])
        while page:
            yield from page
            page = list(users.filter(pk__gt=page[-1].pk)[:USERS])


def due_conversations(user: User) -> QuerySet[Conversation]:
    """The user's conversations that are over, the oldest first. Where an answer is still to come, nothing is over."""
    if user.legal_hold or not _forgets(user.tier):
        return Conversation.objects.none()
    pending = Message.objects.filter(
        id__range=id_range(user.pk), conversation=OuterRef("pk"), status=Message.Status.PENDING
    )
    over = Conversation.objects.filter(_over(user.tier), user=user)
    return over.exclude(Exists(pending)).order_by("last_message_at", "id")


def next_batch(user: User) -> list[Conversation]:
    """The conversations that are to go together next; none when nothing is over."""
    batch: list[Conversation] = []
    messages = 0
    for conversation in due_conversations(user)[:CONVERSATIONS]:
        messages += conversation.message_count
        if batch and messages > MESSAGES:
            break
        batch.append(conversation)
    return batch
