"""What users think of answers: give_feedback, withdraw_feedback, and the read of it."""

from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from chatbot.accounts.legal_hold import refuse_on_hold
from chatbot.accounts.models import User
from chatbot.lib.errors import InvalidInput, NotFound
from chatbot.lib.metrics import FEEDBACK
from conversations.models import Conversation, Feedback, Message
from conversations.selectors import get_message

# Answers that their user has seen and that will not change by themselves.
_ENDED = {Message.Status.COMPLETED, Message.Status.STOPPED, Message.Status.FAILED}


def get_answer(*, user: User, message_id: UUID) -> Message:
    """The user's answer that has ended, for what users say about answers; raises NotFound and InvalidInput."""
    message = get_message(user=user, message_id=message_id)
    if message.role != Message.Role.ASSISTANT or message.status not in _ENDED:
        raise InvalidInput("Only an answer that has ended can be judged.")
    return message


def get_feedback(*, user: User, message_id: UUID) -> Feedback:
    """What the user said of an answer; raises NotFound."""
    feedback = Feedback.objects.filter(message_id=message_id, user=user).first()
    if feedback is None:
        raise NotFound("There is no feedback on this message.")
    return feedback


@transaction.atomic
def give_feedback(
    *, user: User, message_id: UUID, rating: Feedback.Rating, reason: str = "", comment: str = ""
) -> Feedback:
    """Keeps what the user thinks of an answer, instead of what they said before. Raises NotFound and InvalidInput."""
    message = get_answer(user=user, message_id=message_id)
    words = {"rating": rating, "reason": reason, "comment": comment, "updated_at": Now()}
    feedback, _ = Feedback.objects.update_or_create(message=message, defaults={"user": user, **words})
    feedback.refresh_from_db()
    _note_change(message)
    FEEDBACK.labels(_model_of(message), rating.name.lower()).inc()
    return feedback


@transaction.atomic
def withdraw_feedback(*, user: User, message_id: UUID) -> None:
    """Takes it back; raises NotFound when there is no such message, and Forbidden under a legal hold. Taking back
    nothing changes nothing.
    """
    refuse_on_hold(user.pk)
    message = get_message(user=user, message_id=message_id)
    Feedback.objects.filter(message=message).delete()
    _note_change(message)


def _note_change(message: Message) -> None:
    """Whoever keeps a page of the conversation learns of it by the row, which is written as it is
    (conversations.versions).
    """
    Conversation.objects.filter(pk=message.conversation_id).update(pinned=F("pinned"))


def _model_of(message: Message) -> str:
    """The label of the counter. What an import says of its models is not ours to count by."""
    return "imported" if message.conversation.source else str(message.metadata.get("model") or "")
