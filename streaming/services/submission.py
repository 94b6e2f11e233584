"""What users say: submit_message, edit_message, regenerate_answer. Each makes a turn durable and queues its answer.

What they give may be acknowledged. The same request under the same `client_message_id` again gives the same objects
with `duplicate`. When one of them raises, nothing was stored.
"""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from chatbot.accounts.models import User
from chatbot.lib import ratelimit
from chatbot.lib.errors import Forbidden, GenerationActive, IdempotencyConflict, InvalidInput, NotFound
from chatbot.lib.ids import new_id
from conversations.attachments.selectors import name_of
from conversations.attachments.services import check_attachments, claim_attachments
from conversations.attachments.snapshots import attached_ids
from conversations.branches import show_branch
from conversations.content import check_characters, check_content
from conversations.models import Conversation, Message
from conversations.selectors import get_message, messages_in
from conversations.services import (
    announce,
    append_message,
    append_turn,
    create_conversation,
    lock_conversation,
    title_from,
)
from conversations.tree import find_siblings
from streaming import bell, intake
from streaming.catalogue import choose_model
from streaming.events import Accepted
from streaming.models import Generation
from streaming.services.limits import check_concurrency, lock_user
from streaming.services.requests import Edit, NewMessage, Regeneration
from streaming.services.screening import Flag, record_flags, screen_message

Request = NewMessage | Edit | Regeneration


def submit_message(*, user: User, new: NewMessage) -> Accepted:
    """A new message.

    Raises InvalidInput, MessageTooLong, Forbidden, RateLimited, ContentPolicy, Overloaded, NotFound, GenerationActive,
    QuotaExceeded, IdempotencyConflict, ProviderUnavailable.
    """
    _check_right(user)
    check_content(new.content, max_length=user.tier.max_message_length, may_be_empty=bool(new.attachments))
    check_characters(new.model or "")
    check_attachments(new.attachments)
    if earlier := _earlier(user, new):
        return earlier
    ratelimit.take(user.id, per_minute=user.tier.messages_per_minute)
    flags = screen_message(user=user, content=new.content, attachments=new.attachments)
    return _store_message(user, new, flags)


def edit_message(*, user: User, edit: Edit) -> Accepted:
    """Another wording of a message, beside it, with its own answer. The conversation shows the new branch.

    Raises what `submit_message` raises.
    """
    _check_right(user)
    check_content(edit.content, max_length=user.tier.max_message_length, may_be_empty=True)
    check_attachments(edit.attachments or ())
    if earlier := _earlier(user, edit):
        return earlier
    original = get_message(user=user, message_id=edit.message_id)
    if original.role != Message.Role.USER:
        raise InvalidInput("Only your own messages can be edited.")
    attachments = attached_ids(original) if edit.attachments is None else edit.attachments
    check_content(edit.content, max_length=user.tier.max_message_length, may_be_empty=bool(attachments))
    ratelimit.take(user.id, per_minute=user.tier.messages_per_minute)
    flags = screen_message(user=user, content=edit.content, attachments=attachments)
    return _store_edit(user, edit, original, attachments, flags)


def regenerate_answer(*, user: User, request: Regeneration) -> Accepted:
    """Another answer to the same message, beside the earlier one. The conversation shows the new branch.

    The message is screened again: rules may have changed. Raises what `submit_message` raises.
    """
    _check_right(user)
    check_characters(request.model or "")
    if earlier := _earlier(user, request):
        return earlier
    original = get_message(user=user, message_id=request.message_id)
    if original.role != Message.Role.ASSISTANT or original.parent_id is None:
        raise InvalidInput("Only an answer to a message can be generated again.")
    prompt = get_message(user=user, message_id=original.parent_id)
    ratelimit.take(user.id, per_minute=user.tier.messages_per_minute)
    screen_message(user=user, content=prompt.content, attachments=attached_ids(prompt))
    return _store_regeneration(user, request, prompt)


def _check_right(user: User) -> None:
    if not user.may_use_chat:
        raise Forbidden("This account may not use the chat.")


def _earlier(user: User, request: Request) -> Accepted | None:
    """What was accepted before under this id; raises IdempotencyConflict when that was another request."""
    earlier = intake.earlier_send(user_id=user.id, client_message_id=request.client_message_id)
    if earlier is None:
        return None
    generation_id, body_hash = earlier
    if body_hash != request.body_hash:
        raise IdempotencyConflict()
    generation = Generation.objects.select_related("prompt", "message").get(pk=generation_id)
    find_siblings([generation.prompt, generation.message])
    return _accepted(request, generation.prompt, generation.message, duplicate=True)


def _accepted(request: Request, prompt: Message, answer: Message, *, duplicate: bool) -> Accepted:
    return Accepted(
        client_message_id=str(request.client_message_id),
        conversation_id=str(answer.conversation_id),
        user_message=prompt.as_dict(),
        assistant_message=answer.as_dict(),
        duplicate=duplicate,
    )


@transaction.atomic
def _store_message(user: User, new: NewMessage, flags: list[Flag]) -> Accepted:
    concurrent = lock_user(user)
    if earlier := _earlier(user, new):
        return earlier
    situation = _situation(user, new.conversation_id, new.model, concurrent)
    conversation = _open_conversation(user, new)
    _check_idle(situation)
    parent_id = new.parent_id or situation.last_message_id
    branches = False
    if parent_id is not None and parent_id != situation.last_message_id:
        branches = True
        _check_parent(conversation, parent_id)
        show_branch(conversation=conversation, upto=parent_id)
    turn = append_turn(
        conversation=conversation,
        content=new.content,
        parent_id=parent_id,
        attachments=claim_attachments(conversation=conversation, ids=new.attachments),
    )
    record_flags(user=user, flags=flags, message_id=turn[0].pk)
    return _queue(new, conversation, turn, situation, branches=branches)


@transaction.atomic
def _store_edit(user: User, edit: Edit, original: Message, attachments: Sequence[UUID], flags: list[Flag]) -> Accepted:
    concurrent = lock_user(user)
    if earlier := _earlier(user, edit):
        return earlier
    conversation = lock_conversation(user=user, conversation_id=original.conversation_id)
    situation = _situation(user, conversation.pk, None, concurrent)
    _check_idle(situation)
    show_branch(conversation=conversation, upto=original.parent_id)
    turn = append_turn(
        conversation=conversation,
        content=edit.content,
        parent_id=original.parent_id,
        attachments=claim_attachments(conversation=conversation, ids=attachments),
    )
    record_flags(user=user, flags=flags, message_id=turn[0].pk)
    return _queue(edit, conversation, turn, situation, branches=True)


@transaction.atomic
def _store_regeneration(user: User, request: Regeneration, prompt: Message) -> Accepted:
    concurrent = lock_user(user)
    if earlier := _earlier(user, request):
        return earlier
    conversation = lock_conversation(user=user, conversation_id=prompt.conversation_id)
    situation = _situation(user, conversation.pk, request.model, concurrent)
    _check_idle(situation)
    show_branch(conversation=conversation, upto=prompt.pk)
    answer = append_message(
        conversation=conversation, role=Message.Role.ASSISTANT, status=Message.Status.PENDING, parent_id=prompt.pk
    )
    return _queue(request, conversation, (prompt, answer), situation, branches=True)


def _situation(user: User, conversation_id: UUID | None, model: str | None, concurrent: int) -> intake.Situation:
    situation = intake.situation_of(user_id=user.id, conversation_id=conversation_id, model=model or None)
    check_concurrency(situation.active, concurrent)
    return situation


def _check_idle(situation: intake.Situation) -> None:
    if situation.conversation_busy:
        raise GenerationActive(retry_after=2)


def _open_conversation(user: User, new: NewMessage) -> Conversation:
    if new.conversation_id is None:
        title = title_from(new.content) or title_from(name_of(user=user, attachment_id=new.attachments[0]))
        config = {"model": new.model} if new.model else {}
        return create_conversation(user=user, title=title, model_config=config, temporary=new.temporary)
    return lock_conversation(user=user, conversation_id=new.conversation_id)


def _check_parent(conversation: Conversation, parent_id: UUID) -> None:
    if not messages_in(conversation).filter(pk=parent_id).exists():
        raise NotFound("There is no such message in this conversation.")


def _queue(
    request: Request,
    conversation: Conversation,
    turn: tuple[Message, Message],
    situation: intake.Situation,
    *,
    branches: bool,
) -> Accepted:
    """Queues the answer of a stored turn. One that `branches` off may have siblings."""
    prompt, answer = turn
    model_id = situation.language_model_id
    if model_id is None:
        wanted = None if isinstance(request, Edit) else request.model
        model_id = choose_model(wanted or conversation.model_config.get("model")).pk
    intake.queue_generation(
        generation_id=new_id(conversation.user_id),
        prompt=prompt,
        answer=answer,
        client_message_id=request.client_message_id,
        body_hash=request.body_hash,
        language_model_id=model_id,
    )
    transaction.on_commit(bell.wake)
    announce(conversation)
    if branches:
        find_siblings(turn)
    return _accepted(request, prompt, answer, duplicate=False)
