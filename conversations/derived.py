"""What is made of messages for prompts: summaries, and the version by which hot windows are known to be right."""

from uuid import UUID

from django.db import transaction
from django.db.models import F

from chatbot.lib.ids import new_id
from conversations.models import Conversation, Message, Summary


def void_derived(message: Message) -> None:
    """Makes worthless what was made of `message` for prompts: the hot window and the summaries that cover it.

    Whoever changes or deletes a message that is not pending calls it in the same transaction. New messages and the end
    of a pending one need it not: what is derived never includes pending messages.
    """
    conversation = Conversation.objects.filter(pk=message.conversation_id)
    conversation.update(window_version=F("window_version") + 1)
    covering = Summary.objects.filter(conversation__in=conversation, sequence_number__gte=message.sequence_number)
    covering.delete()


@transaction.atomic
def store_summary(
    *, conversation_id: UUID, version: int, message_id: UUID, sequence_number: int, content: str, tokens: int
) -> bool:
    """Keeps what was said up to a message. False, and nothing is kept, when messages changed since `version` of the
    conversation was read, or when it is gone.
    """
    rows = Conversation.objects.select_for_update(no_key=True).filter(pk=conversation_id, window_version=version)
    conversation = rows.first()
    if conversation is None:
        return False
    values = {"sequence_number": sequence_number, "content": content, "tokens": tokens}
    Summary.objects.update_or_create(
        message_id=message_id,
        defaults=values,
        create_defaults={"id": new_id(conversation.user_id), "conversation": conversation, **values},
    )
    return True
