"""One user's belongings, one or several of each kind, for tests that ask every door."""

from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from allauth.account.models import EmailAddress
from django.core.files.uploadedfile import TemporaryUploadedFile

from chatbot.accounts.models import User
from chatbot.accounts.services import create_access_key
from chatbot.accounts.token_services import issue_tokens
from chatbot.lib.ids import new_id
from conversations.attachments.services import store_attachment
from conversations.exports.run import run_export
from conversations.exports.services import request_export
from conversations.feedback import give_feedback
from conversations.imports.run import run_import
from conversations.imports.services import request_import
from conversations.models import Conversation, Export, Feedback, Message
from conversations.presets import create_preset
from conversations.shares import share_conversation
from moderation.appeals import appeal_verdict
from moderation.models import Verdict
from streaming.models import Generation, LanguageModel
from tests.factories import make_conversation, make_message, make_model, make_provider
from tests.uploads import make_image

# Limits are for other tests.
MANY = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Rooms:
    """What a user has, `count` of each. `ids` fills the parameters of routes; a door may name other fields instead."""

    user: User
    count: int
    model: LanguageModel
    conversation: Conversation
    prompt: Message
    answer: Message
    pending: Message
    failed: Message
    pending_talk: UUID
    failed_talk: UUID
    attachment: UUID
    verdict: UUID
    refresh: str
    ids: dict[str, Any] = field(default_factory=dict)


def without_limits(user: User) -> User:
    """The same user, who may ask as often as they like."""
    for name in ("messages_per_minute", "requests_per_minute", "concurrent_generations", "storage_bytes"):
        setattr(user.tier, name, MANY)
    user.tier.save()
    return user


def furnish(user: User, count: int = 1, *, base_url: str) -> Rooms:
    """Gives a user `count` of everything: conversations of as many turns, files, keys, programs, appeals, addresses."""
    without_limits(user)
    model = make_model(make_provider(base_url), slug=f"model-of-{user.username}", is_default=True)
    for number in range(1, count):
        make_model(model.provider, slug=f"model-{number}")
    conversations = [make_conversation(user, messages=2 * count, folder="Work") for _ in range(count)]
    conversation = conversations[-1]
    prompt, answer = conversation.messages.order_by("sequence_number")[:2]
    for _ in range(count - 1):
        make_message(conversation, role=Message.Role.ASSISTANT, content="Another", parent_id=prompt.pk)
    keys = [create_access_key(user=user, name=f"key {number}")[0] for number in range(count)]
    programs = [issue_tokens(user=user, user_agent="curl/8") for _ in range(count)]
    EmailAddress.objects.bulk_create(EmailAddress(user=user, email=f"{user}{n}@example.org") for n in range(count))
    attachments = [_attachment(user) for _ in range(count)]
    shares = [share_conversation(user=user, conversation_id=conversation.pk) for _ in range(count)]
    # A user keeps ten at most.
    exports = [_export(user, one) for one in conversations[:9]]
    imports = [_import(user, number) for number in range(count)]
    give_feedback(user=user, message_id=answer.pk, rating=Feedback.Rating.UP)
    verdicts = [_verdict(user, prompt, appealed=number > 0) for number in range(count + 1)]
    pending = _answer(user, model, Generation.Status.QUEUED)
    failed = _answer(user, model, Generation.Status.FAILED)
    rooms = Rooms(
        user=user,
        count=count,
        model=model,
        conversation=conversation,
        prompt=prompt,
        answer=answer,
        pending=pending,
        failed=failed,
        pending_talk=pending.conversation_id,
        failed_talk=failed.conversation_id,
        attachment=attachments[-1],
        verdict=verdicts[0],
        refresh=programs[0].refresh,
    )
    presets = [create_preset(user=user, name=f"Preset {number}", text="Be brief.") for number in range(count)]
    rooms.ids.update(
        conversation_id=conversation.pk,
        message_id=answer.pk,
        attachment_id=rooms.attachment,
        key_id=keys[-1].pk,
        family_id=user.token_families.latest("created_at").pk,
        session_id=0,
        export_id=exports[-1],
        import_id=imports[-1],
        share_id=shares[-1].pk,
        preset_id=presets[-1].pk,
        token=shares[-1].token,
        provider_id="oidc",
        slug=model.slug,
        key="some-key",
        uidb36="1",
        pk=0,
    )
    return rooms


def _upload(name: str, content: bytes) -> TemporaryUploadedFile:
    upload = TemporaryUploadedFile(name, "application/octet-stream", len(content), None)
    upload.write(content)
    upload.seek(0)
    return upload


def _attachment(user: User) -> UUID:
    with closing(_upload("picture.png", make_image())) as upload:
        return UUID(str(store_attachment(user=user, upload=upload).pk))


def _export(user: User, conversation: Conversation) -> UUID:
    """A file to fetch."""
    export = request_export(user=user, form=Export.Format.JSON, conversation_id=conversation.pk)
    run_export(export.pk)
    return UUID(str(export.pk))


def _import(user: User, number: int) -> UUID:
    """A file that was looked through."""
    with closing(_upload("mine.json", b"[%d]" % number)) as upload:
        made = request_import(user=user, upload=upload)
    run_import(made.pk)
    return UUID(str(made.pk))


def _answer(user: User, model: LanguageModel, status: Generation.Status) -> Message:
    """An answer that is not there yet, or will not come, with its generation; alone in its conversation."""
    conversation = make_conversation(user)
    prompt = make_message(conversation)
    waits = status == Generation.Status.QUEUED
    answer = make_message(
        conversation,
        role=Message.Role.ASSISTANT,
        status=Message.Status.PENDING if waits else Message.Status.FAILED,
        content="",
        parent_id=prompt.pk,
    )
    Generation.objects.create(
        id=new_id(user.id),
        user=user,
        conversation=conversation,
        prompt=prompt,
        message=answer,
        client_message_id=uuid4(),
        language_model=model,
        status=status,
    )
    return answer


def _verdict(user: User, message: Message, *, appealed: bool) -> UUID:
    finding = {"policy": "P", "version": 1, "category": "c", "action": "block", "excerpt": "x"}
    verdict = Verdict.objects.create(
        user=user, message_id=message.pk, stage="prompt", action="block", findings=[finding], content="text"
    )
    if appealed:
        appeal_verdict(user=user, verdict_id=verdict.pk, text="Why?")
    return UUID(str(verdict.pk))
