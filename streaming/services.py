"""Writes: submit_message, stop_generation, retry_generation."""

import hashlib
from dataclasses import dataclass
from uuid import UUID

import msgspec
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from chatbot.accounts.models import User
from chatbot.lib import ratelimit
from chatbot.lib.errors import Forbidden, GenerationActive, IdempotencyConflict, InvalidInput, NotFound, QuotaExceeded
from chatbot.lib.ids import new_id
from conversations.content import check_characters, check_content
from conversations.models import Conversation, Message
from conversations.selectors import messages_in
from conversations.services import (
    announce,
    append_turn,
    create_conversation,
    lock_conversation,
    reopen_message,
    title_from,
)
from moderation.models import Action, Verdict
from moderation.services import Screening, record_verdict, screen_prompt
from streaming import bell, intake, sweeper
from streaming.catalogue import choose_model
from streaming.events import Accepted
from streaming.models import ATTEMPTS, Generation
from streaming.selectors import get_generation


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """What a client sends, the same on every door."""

    client_message_id: UUID
    content: str
    conversation_id: UUID | None = None
    parent_id: UUID | None = None
    model: str | None = None
    attachments: tuple[UUID, ...] = ()

    @property
    def body_hash(self) -> str:
        """Tells a repetition from another message under the same id."""
        parts = [self.conversation_id, self.content, self.parent_id, self.model, self.attachments]
        return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


def submit_message(*, user: User, new: NewMessage) -> Accepted:
    """Makes a message durable and queues its answer; what it gives may be acknowledged.

    Sending the same message under the same `client_message_id` again gives the same objects with `duplicate`.
    Raises InvalidInput, MessageTooLong, Forbidden, RateLimited, ContentPolicy, Overloaded, NotFound, GenerationActive,
    QuotaExceeded, IdempotencyConflict, ProviderUnavailable; then nothing was stored.
    """
    if not user.may_use_chat:
        raise Forbidden("This account may not use the chat.")
    check_content(new.content, max_length=user.tier.max_message_length)
    check_characters(new.model or "")
    if new.attachments:
        raise InvalidInput("There is no such attachment.", details={"attachments": [str(a) for a in new.attachments]})
    if earlier := _earlier(user, new):
        return earlier
    ratelimit.take(user.id, per_minute=user.tier.messages_per_minute)
    screening = screen_prompt(user=user, text=new.content)
    return _store(user, new, screening)


def _lock_user(user: User) -> int:
    """Locks the user; gives how many answers they may have written at a time. Raises Forbidden."""
    concurrent = intake.lock_sender(user.id)
    if concurrent is None:
        raise Forbidden("This account may not use the chat.")
    return concurrent


def _earlier(user: User, new: NewMessage) -> Accepted | None:
    """What was accepted before under this id; raises IdempotencyConflict when that was another message."""
    earlier = intake.earlier_send(user_id=user.id, client_message_id=new.client_message_id)
    if earlier is None:
        return None
    generation_id, body_hash = earlier
    if body_hash != new.body_hash:
        raise IdempotencyConflict()
    generation = Generation.objects.select_related("prompt", "message").get(pk=generation_id)
    return _accepted(new.client_message_id, generation.prompt, generation.message, duplicate=True)


def _accepted(client_message_id: UUID, prompt: Message, answer: Message, *, duplicate: bool) -> Accepted:
    return Accepted(
        client_message_id=str(client_message_id),
        conversation_id=str(answer.conversation_id),
        user_message=prompt.as_dict(),
        assistant_message=answer.as_dict(),
        duplicate=duplicate,
    )


@transaction.atomic
def _store(user: User, new: NewMessage, screening: Screening) -> Accepted:
    concurrent = _lock_user(user)
    if earlier := _earlier(user, new):
        return earlier
    situation = intake.situation_of(user_id=user.id, conversation_id=new.conversation_id, model=new.model or None)
    _check_concurrency(situation.active, concurrent)
    conversation = _open_conversation(user, new)
    if situation.conversation_busy:
        raise GenerationActive(retry_after=2)
    model_id = situation.language_model_id
    if model_id is None:
        model_id = choose_model(new.model or conversation.model_config.get("model")).pk
    if new.parent_id is not None:
        _check_parent(conversation, new.parent_id)
    prompt, answer = append_turn(
        conversation=conversation, content=new.content, parent_id=new.parent_id or situation.last_message_id
    )
    intake.queue_generation(
        generation_id=new_id(user.id),
        prompt=prompt,
        answer=answer,
        client_message_id=new.client_message_id,
        body_hash=new.body_hash,
        language_model_id=model_id,
    )
    transaction.on_commit(bell.wake)
    announce(conversation)
    if screening.action == Action.FLAG:
        record_verdict(
            user=user, stage=Verdict.Stage.PROMPT, screening=screening, text=new.content, message_id=prompt.pk
        )
    return _accepted(new.client_message_id, prompt, answer, duplicate=False)


def _check_concurrency(active: int, allowed: int) -> None:
    if active >= allowed:
        raise QuotaExceeded(
            f"You may have {allowed} answers written at the same time. Wait for one to end.", retry_after=5
        )


def _open_conversation(user: User, new: NewMessage) -> Conversation:
    if new.conversation_id is None:
        return create_conversation(
            user=user, title=title_from(new.content), model_config={"model": new.model} if new.model else {}
        )
    return lock_conversation(user=user, conversation_id=new.conversation_id)


def _check_parent(conversation: Conversation, parent_id: UUID) -> None:
    if not messages_in(conversation).filter(pk=parent_id).exists():
        raise NotFound("There is no such message in this conversation.")


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

    Only the last answer of a conversation can be tried again: later messages were written in its sight.
    Raises NotFound, Forbidden, RateLimited, GenerationActive, QuotaExceeded, InvalidInput.
    """
    get_generation(user=user, message_id=message_id)
    ratelimit.take(user.id, per_minute=user.tier.messages_per_minute)
    _queue_again(user, message_id)


@transaction.atomic
def _queue_again(user: User, message_id: UUID) -> None:
    concurrent = _lock_user(user)
    generation = get_generation(user=user, message_id=message_id)
    conversation = lock_conversation(user=user, conversation_id=generation.conversation_id)
    ended = (Generation.Status.FAILED, Generation.Status.STOPPED)
    if generation.status in Generation.ACTIVE:
        raise GenerationActive(retry_after=2)
    if generation.status not in ended or generation.message.sequence_number != conversation.last_sequence_number:
        raise InvalidInput("Only the last answer can be tried again, when it failed or was stopped.")
    situation = intake.situation_of(user_id=user.id, conversation_id=None, model=None)
    _check_concurrency(situation.active, concurrent)
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
    reopen_message(message_id=message_id)
    transaction.on_commit(bell.wake)
