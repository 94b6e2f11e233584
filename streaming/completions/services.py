"""Writes: open_completion lets a call in, or says why not."""

import time
from collections.abc import Sequence
from uuid import UUID

from django.db import IntegrityError, transaction

from chatbot.accounts.models import User
from chatbot.lib import ratelimit
from chatbot.lib.errors import Forbidden, InvalidInput, MessageTooLong, NotFound
from chatbot.lib.ids import new_id
from conversations.content import check_characters
from moderation.models import Action, Verdict
from moderation.services import record_verdict, screen_prompts
from streaming import ledger
from streaming.catalogue import model_called, targets_for
from streaming.completions.call import Call, NewCompletion, Size, estimated_size, rough_size
from streaming.completions.messages import images_in, said_by_user, words_of
from streaming.llm.types import Target
from streaming.models import LanguageModel
from streaming.services.limits import lock_user, too_many


def open_completion(*, user: User, new: NewCompletion) -> Call:
    """Checks limits, screens what the user says and opens the row; then the call may be made, and must be settled.

    Raises Forbidden, NotFound (the model), InvalidInput, MessageTooLong, RateLimited, ContentPolicy, Overloaded,
    QuotaExceeded; then nothing is under way.
    """
    began_at = time.monotonic()
    if not user.may_use_chat:
        raise Forbidden("This account may not use the chat.")
    model = get_model(new.model)
    check_messages(new, max_length=user.tier.max_message_length)
    targets = _targets(model, new)
    rate = ratelimit.take(user.id, per_minute=user.tier.messages_per_minute)
    _screen(user, new)
    size = _size(new, targets)
    completion_id = new_id(user.id)
    try:
        _open_row(user, completion_id, model, size)
    except IntegrityError as error:
        # Models are remembered for a moment; this one was deleted meanwhile.
        raise _unknown_model(new.model) from error
    return Call(
        id=completion_id,
        user=user,
        new=new,
        targets=targets,
        size=size,
        rate=rate,
        began_at=began_at,
        conversation_id=new_id(user.id) if new.store else None,
    )


def get_model(slug: str) -> LanguageModel:
    """The model called `slug`; raises NotFound."""
    check_characters(slug)
    model = model_called(slug)
    if model is None:
        raise _unknown_model(slug)
    return model


def _unknown_model(slug: str) -> NotFound:
    return NotFound(
        f"The model `{slug[:100]}` does not exist or you do not have access to it.", details={"model": slug[:100]}
    )


def _targets(model: LanguageModel, new: NewCompletion) -> list[Target]:
    """Where the answer can come from: with images, only from models that see. Raises InvalidInput."""
    images = any(True for _ in images_in(new.messages))
    if images and not model.can_see:
        raise InvalidInput(f"The model `{model.slug}` does not read images.", details={"param": "messages"})
    return [target for target in targets_for(model) if target.can_see or not images]


def check_messages(new: NewCompletion, *, max_length: int) -> None:
    """Raises InvalidInput or MessageTooLong unless every message can be read. `max_length` is in characters."""
    for at, message in enumerate(new.messages):
        place, words = {"param": f"messages[{at}].content"}, words_of(message)
        if len(words) > max_length:
            raise MessageTooLong(
                f"Invalid 'messages[{at}].content': string too long. Expected a string with maximum length "
                f"{max_length}, but got a string with length {len(words)} instead.",
                details=place,
            )
        try:
            check_characters(words)
        except InvalidInput as error:
            raise InvalidInput(f"Invalid 'messages[{at}].content'. {error.message}", details=place) from error


def _screen(user: User, new: NewCompletion) -> None:
    earlier, texts = said_by_user(new.messages)
    for text, screening in zip(texts, screen_prompts(user=user, texts=texts, earlier=earlier), strict=True):
        if screening.action == Action.FLAG:
            record_verdict(user=user, stage=Verdict.Stage.PROMPT, screening=screening, text=text)


def _size(new: NewCompletion, targets: Sequence[Target]) -> Size:
    """As closely as it matters: what surely fits is not counted."""
    size = rough_size(new)
    fits = all(size.at_most + target.max_output_tokens <= target.context_window for target in targets)
    return size if fits else estimated_size(new)


@transaction.atomic
def _open_row(user: User, completion_id: UUID, model: LanguageModel, size: Size) -> None:
    allowed = lock_user(user)
    if not ledger.open_completion(
        completion_id=completion_id,
        user_id=user.id,
        language_model_id=model.pk,
        prompt_tokens=size.guess,
        allowed=allowed,
    ):
        raise too_many(allowed)
