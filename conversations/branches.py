"""Which branch of its tree a conversation shows: `Message.current` marks it, from the root to the leaf."""

from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from chatbot.accounts.models import User
from chatbot.lib.ids import id_range
from conversations.models import Conversation, Message
from conversations.selectors import get_message
from conversations.services import announce, lock_conversation
from conversations.tree import newest_leaf

# Up to the first ancestor that is shown already: a switch costs what changes, however long the conversation is.
_SHOW = """
WITH RECURSIVE hidden AS (
    SELECT id, parent_id, sequence_number, current FROM messages WHERE id = %(message)s
    UNION ALL
    SELECT m.id, m.parent_id, m.sequence_number, m.current
    FROM messages m JOIN hidden ON m.id = hidden.parent_id
    WHERE NOT hidden.current AND m.id BETWEEN %(first)s AND %(last)s
), fork AS (
    SELECT coalesce(max(sequence_number) FILTER (WHERE current), 0) AS number FROM hidden
), hide AS (
    UPDATE messages SET current = false FROM fork
    WHERE messages.conversation_id = %(conversation)s AND messages.current AND messages.sequence_number > fork.number
      AND messages.id BETWEEN %(first)s AND %(last)s
)
UPDATE messages SET current = true
WHERE id IN (SELECT id FROM hidden WHERE NOT current) AND id BETWEEN %(first)s AND %(last)s
"""


def show_branch(*, conversation: Conversation, upto: UUID | None) -> None:
    """Makes the branch that ends with the message `upto` the one that is shown; None shows nothing.

    The caller holds the lock of `conversation`.
    """
    first, last = id_range(conversation.user_id)
    if upto is None:
        Message.objects.filter(id__range=(first, last), conversation=conversation, current=True).update(current=False)
        return
    values = {"message": upto, "conversation": conversation.pk, "first": first, "last": last}
    with connection.cursor() as cursor:
        cursor.execute(_SHOW, values)


@transaction.atomic
def select_branch(*, user: User, message_id: UUID) -> Conversation:
    """Shows the branch of a message, down to the newest leaf below it; gives the conversation. Raises NotFound."""
    message = get_message(user=user, message_id=message_id)
    conversation = lock_conversation(user=user, conversation_id=message.conversation_id)
    show_branch(conversation=conversation, upto=newest_leaf(message))
    # Whoever keeps the page of another branch learns of it by the row (conversations.versions).
    Conversation.objects.filter(pk=conversation.pk).update(window_version=F("window_version") + 1)
    announce(conversation)
    return conversation
