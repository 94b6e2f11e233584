"""What users do to answers that are there: stop_generation, retry_generation."""

from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from chatbot.accounts.models import User
from chatbot.lib import ratelimit
from chatbot.lib.errors import GenerationActive, InvalidInput
from conversations.branches import show_branch
from conversations.services import lock_conversation, reopen_message
from conversations.tree import newest_leaf
from streaming import bell, intake, sweeper
from streaming.models import ATTEMPTS, Generation
from streaming.selectors import get_generation
from streaming.services.limits import check_concurrency, lock_user


def stop_generation(*, user: User, message_id: UUID) -> None:
    """Ends an answer and keeps its text so far; stopping what has ended changes nothing. Raises NotFound."""
    generation = get_generation(user=user, message_id=message_id)
    waiting = (Generation.Status.QUEUED, Generation.Status.RETRYING)
    if generation.status in waiting and sweeper.end_idle(generation, Generation.Status.STOPPED):
        return
    Generation.objects.filter(pk=generation.pk, status__in=Generation.ACTIVE).update(stop_requested=True)
    bell.ring_stop(message_id)


def retry_generation(*, user: User, message_id: UUID) -> None:
    """Queues a failed or stopped answer again, with new attempts.

    Only the last message of a branch can be tried again: later messages were written in its sight. The conversation
    shows that branch then.
    Raises NotFound, Forbidden, RateLimited, GenerationActive, QuotaExceeded, InvalidInput.
    """
    get_generation(user=user, message_id=message_id)
    ratelimit.take(user.id, per_minute=user.tier.messages_per_minute)
    _queue_again(user, message_id)


@transaction.atomic
def _queue_again(user: User, message_id: UUID) -> None:
    concurrent = lock_user(user)
    generation = get_generation(user=user, message_id=message_id)
    conversation = lock_conversation(user=user, conversation_id=generation.conversation_id)
    ended = (Generation.Status.FAILED, Generation.Status.STOPPED)
    if generation.status in Generation.ACTIVE:
        raise GenerationActive(retry_after=2)
    if generation.status not in ended or newest_leaf(generation.message) != message_id:
        raise InvalidInput("Only the last answer can be tried again, when it failed or was stopped.")
    situation = intake.situation_of(user_id=user.id, conversation_id=None, model=None)
    check_concurrency(situation.active, concurrent)
    Generation.objects.filter(pk=generation.pk, status__in=ended).update(
        status=Generation.Status.QUEUED,
        attempts_allowed=F("attempt") + ATTEMPTS,
        checkpoint=generation.message.content,
        checkpoint_seq=F("checkpoint_seq") + 1,  # the number of its `done`
        stop_requested=False,
        queued_at=Now(),
        finished_at=None,
        error_code="",
        error_message="",
        metadata={},
    )
    show_branch(conversation=conversation, upto=message_id)
    reopen_message(message_id=message_id)
    transaction.on_commit(bell.wake)
