"""The end of temporary chats."""

import time
from contextlib import suppress

from django.db.models.functions import Now

from chatbot.lib.errors import Forbidden, NotFound
from conversations.deletion import BATCH, delete_conversation
from conversations.models import Conversation


def expire_temporary_chats(*, seconds: float) -> int:
    """Deletes temporary chats whose time is over, the oldest first, for so many seconds; gives how many. Those of
    accounts under a legal hold stay.
    """
    deadline = time.monotonic() + seconds
    due = Conversation.objects.filter(expires_at__lte=Now(), user__legal_hold=False).select_related("user")
    deleted = 0
    for conversation in list(due.order_by("expires_at")[:BATCH]):
        if time.monotonic() > deadline:
            break
        with suppress(NotFound, Forbidden):
            delete_conversation(user=conversation.user, conversation_id=conversation.pk)
            deleted += 1
    return deleted
