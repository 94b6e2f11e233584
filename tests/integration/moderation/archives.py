"""What tests of retention share: users whose tier forgets, old conversations, an archive in a folder."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from chatbot.accounts.models import Tier, User
from chatbot.lib.ids import new_id
from conversations.models import Attachment, Conversation, Feedback, Message, Share, Summary
from moderation.retention.rows import digest_of, lines_of
from streaming.models import Generation
from tests.factories import make_conversation, make_message, make_user

DAYS = 30


def archive_in(folder: Path) -> dict[str, Any]:
    """The setting of a storage in `folder`."""
    return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(folder)}}


def make_forgetful(username: str, *, days: int | None = DAYS) -> User:
    """A user whose tier keeps conversations for so many days."""
    tier, _ = Tier.objects.get_or_create(slug=f"days-{days}", defaults={"name": f"{days}", "retention_days": days})
    return make_user(username, tier=tier)


def make_old(user: User, *, days: float = DAYS + 1, messages: int = 2, **fields: Any) -> Conversation:
    """A conversation whose last message is so many days old."""
    conversation = make_conversation(user, messages=messages)
    last = timezone.now() - timedelta(days=days)
    Conversation.objects.filter(pk=conversation.pk).update(last_message_at=last, **fields)
    conversation.refresh_from_db()
    return conversation


def make_rich(user: User, **fields: Any) -> Conversation:
    """An old conversation with a row of everything, and a file."""
    conversation = make_old(user, messages=0, **fields)
    prompt = make_message(conversation, content="Naïve “quotes”\nand \U0001f600\u2028\x7f")
    answer = make_message(conversation, role=Message.Role.ASSISTANT, content="Yes", parent_id=prompt.pk)
    Message.objects.filter(pk=answer.pk).update(metadata={"n": 0.1, "deep": [{"x": None}]}, tokens=7)
    Feedback.objects.create(message=answer, user=user, rating=1, comment="Fine")
    Generation.objects.create(
        id=new_id(user.id), user=user, conversation=conversation, prompt=prompt, message=answer, status="completed"
    )
    Share.objects.create(id=new_id(user.id), token=str(new_id(user.id)), user=user, conversation=conversation)
    Summary.objects.create(
        id=new_id(user.id), conversation=conversation, message_id=answer.pk, sequence_number=2, content="s", tokens=1
    )
    attachment_id = new_id(user.id)
    name = default_storage.save(f"attachments/{attachment_id}", ContentFile(attachment_id.bytes * 1_000))
    values = {"name": "a.txt", "kind": "text", "media_type": "text/plain", "size": 16_000, "text": "aha"}
    Attachment.objects.create(id=attachment_id, user=user, conversation=conversation, file=name, **values)
    last = timezone.now() - timedelta(days=fields.get("days", DAYS + 1))
    Conversation.objects.filter(pk=conversation.pk).update(last_message_at=last)
    conversation.refresh_from_db()
    return conversation


def fingerprint(conversation: Conversation) -> str:
    """All rows of a conversation as they are now."""
    return digest_of(lines_of(Conversation.objects.get(pk=conversation.pk)))
