"""Rows for tests. Plain functions: every argument that a test does not name has a sensible value."""

from itertools import count
from typing import Any

from chatbot.accounts.models import User
from chatbot.lib.ids import new_id
from conversations.models import Attachment, Conversation, Message
from conversations.services import append_message, create_conversation
from streaming.models import LanguageModel, Provider, ProviderKey
from streaming.provider_services import save_provider_key

PASSWORD = "correct horse battery staple"
MODEL = "scripted"

_number = count(1)


def make_user(username: str = "ann", **fields: Any) -> User:
    """A user who can log in with PASSWORD."""
    password = fields.pop("password", PASSWORD)
    return User.objects.create_user(username=username, password=password, **fields)


def make_staff(username: str = "root", **fields: Any) -> User:
    """A superuser."""
    return User.objects.create_superuser(username=username, password=PASSWORD, **fields)


def make_conversation(user: User, *, messages: int = 0, **fields: Any) -> Conversation:
    """A conversation of `user` with so many short messages, by turns of the user and of the assistant."""
    conversation = create_conversation(user=user, title=fields.pop("title", "A talk"))
    for name, value in fields.items():
        setattr(conversation, name, value)
    conversation.save()
    parent_id = None
    for number in range(messages):
        role = Message.Role.ASSISTANT if number % 2 else Message.Role.USER
        parent_id = make_message(conversation, role=role, content=f"Message {number + 1}", parent_id=parent_id).pk
    return conversation


def make_message(conversation: Conversation, **fields: Any) -> Message:
    """The next message of `conversation`: one of the user's, unless `role` says otherwise."""
    return append_message(
        conversation=conversation,
        **{"role": Message.Role.USER, "status": Message.Status.COMPLETED, "content": "Hello", **fields},
    )


def make_attachment(user: User, text: str = "Some text", **fields: Any) -> Attachment:
    """An uploaded file of `user`: a text, unless `kind` says otherwise. There are no bytes behind it."""
    values: dict[str, Any] = {"kind": "text", "name": "note.txt", "media_type": "text/plain", "text": text, **fields}
    if values["kind"] == "image":
        values["text"] = ""
    values["size"] = len(values["text"])
    return Attachment.objects.create(id=new_id(user.pk), user=user, **values)


def make_provider(base_url: str = "http://127.0.0.1:9/v1", *, key: str | None = "sk-test", **fields: Any) -> Provider:
    """A provider at `base_url` with one key of ours; `key=None` leaves it without."""
    slug = fields.pop("slug", f"provider-{next(_number)}")
    provider = Provider.objects.create(slug=slug, base_url=base_url, **{"name": slug.title(), **fields})
    if key is not None:
        save_provider_key(key=ProviderKey(provider=provider, value=key), actor=None)
    return provider


def make_model(provider: Provider, *, slug: str = MODEL, **fields: Any) -> LanguageModel:
    """A model of `provider`, the default one while there is no other default."""
    is_default = not LanguageModel.objects.filter(is_default=True).exists()
    values = {"name": slug.title(), "provider_model": slug, "is_default": is_default, **fields}
    return LanguageModel.objects.create(slug=slug, provider=provider, **values)
