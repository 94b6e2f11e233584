"""What users say: submit_message, edit_message, regenerate_answer. Each makes a turn durable and queues its answer.

What they give may be acknowledged. The same request under the same `client_message_id` again gives the same objects
with `duplicate`. When one of them raises, nothing was stored.
"""

from uuid import UUID

from django.db import transaction

from chatbot.accounts.models import User
from chatbot.lib import ratelimit
from chatbot.lib.errors import Forbidden, GenerationActive, IdempotencyConflict, InvalidInput, NotFound
from chatbot.lib.ids import new_id
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
from moderation.models import Action, Verdict
from moderation.services import Screening, record_verdict, screen_prompt
from streaming import bell, intake
from streaming.catalogue import choose_model
from streaming.events import Accepted
from streaming.models import Generation
from streaming.services.limits import check_concurrency, lock_user
from streaming.services.requests import Edit, NewMessage, Regeneration

Request = NewMessage | Edit | Regeneration


def submit_message(*, user: User, new: NewMessage) -> Accepted:
    """A new message.

    Raises InvalidInput, MessageTooLong, Forbidden, RateLimited, ContentPolicy, Overloaded, NotFound, GenerationActive,
    QuotaExceeded, IdempotencyConflict, ProviderUnavailable.
    """
    _check_right(user)
    check_content(new.content, max_length=user.tier.max_message_length)
    check_characters(new.model or "")
    if new.attachments:
        raise InvalidInput("There is no such attachment.", details={"attachments": [str(a) for a in new.attachments]})
    if earlier := _earlier(user, new):
        return earlier
    ratelimit.take(user.id, per_minute=user.tier.messages_per_minute)
    screening = screen_prompt(user=user, text=new.content)
    return _store_message(user, new, screening)


def edit_message(*, user: User, edit: Edit) -> Accepted:
    """Another wording of a message, beside it, with its own answer. The conversation shows the new branch.

    Raises what `submit_message` raises.
    """
    _check_right(user)
    check_content(edit.content, max_length=user.tier.max_message_length)
    if earlier := _earlier(user, edit):
        return earlier
    original = get_message(user=user, message_id=edit.message_id)
    if original.role != Message.Role.USER:
        raise InvalidInput("Only your own messages can be edited.")
    ratelimit.take(user.id, per_minute=user.tier.messages_per_minute)
    screening = screen_prompt(user=user, text=edit.content)
    return _store_edit(user, edit, original, screening)


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
    screen_prompt(user=user, text=prompt.content)
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
def _store_message(user: User, new: NewMessage, screening: Screening) -> Accepted:
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
    turn = append_turn(conversation=conversation, content=new.content, parent_id=parent_id)
    _record_flag(user, screening, turn[0])
    return _queue(new, conversation, turn, situation, branches=branches)


@transaction.atomic
def _store_edit(user: User, edit: Edit, original: Message, screening: Screening) -> Accepted:
    concurrent = lock_user(user)
    if earlier := _earlier(user, edit):
        return earlier
    conversation = lock_conversation(user=user, conversation_id=original.conversation_id)
    situation = _situation(user, conversation.pk, None, concurrent)
    _check_idle(situation)
    show_branch(conversation=conversation, upto=original.parent_id)
    turn = append_turn(conversation=conversation, content=edit.content, parent_id=original.parent_id)
    _record_flag(user, screening, turn[0])
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
        return create_conversation(
            user=user, title=title_from(new.content), model_config={"model": new.model} if new.model else {}
        )
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


def _record_flag(user: User, screening: Screening, prompt: Message) -> None:
    if screening.action == Action.FLAG:
        record_verdict(
            user=user, stage=Verdict.Stage.PROMPT, screening=screening, text=prompt.content, message_id=prompt.pk
        )
