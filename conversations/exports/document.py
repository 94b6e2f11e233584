"""A conversation as JSON (conversations.exports tells the format)."""

from collections.abc import Iterable
from typing import IO, Any

import msgspec

from conversations.exports import VERSION
from conversations.exports.rows import messages_of_all_branches
from conversations.models import Attachment, Conversation

FORMAT = "chatbot-conversation"
# What the import of a conversation remembers for itself.
PRIVATE_METADATA = {"import"}

_encode = msgspec.json.Encoder().encode


def write_json(out: IO[bytes], conversation: Conversation, attachments: Iterable[dict[str, Any]]) -> int:
    """Writes the conversation with all its branches; gives how many messages it has."""
    head = {
        "format": FORMAT,
        "version": VERSION,
        "id": conversation.pk,
        "source": conversation.source,
        "title": conversation.title,
        "model_config": conversation.model_config,
        "metadata": {name: value for name, value in conversation.metadata.items() if name not in PRIVATE_METADATA},
        "archived": conversation.archived,
        "pinned": conversation.pinned,
        "folder": conversation.folder,
        "created_at": conversation.created_at,
        "last_message_at": conversation.last_message_at,
        "expires_at": conversation.expires_at,
        "attachments": list(attachments),
    }
    out.write(_encode(head)[:-1] + b',"messages":[')
    count = 0
    for count, row in enumerate(messages_of_all_branches(conversation), start=1):
        out.write((b",\n" if count > 1 else b"\n") + _encode(_message(row)))
    out.write(b"\n]}\n")
    return count


def attachment_entry(attachment: Attachment, path: str | None) -> dict[str, Any]:
    """What an export says of a file; `path` is where it lies in the archive."""
    return {
        "id": str(attachment.pk),
        "name": attachment.name,
        "kind": attachment.kind,
        "media_type": attachment.media_type,
        "size": attachment.size,
        "width": attachment.width,
        "height": attachment.height,
        "created_at": attachment.created_at,
        "path": path,
    }


def _message(row: dict[str, Any]) -> dict[str, Any]:
    said = {name.removeprefix("feedback__"): row.pop(name) for name in list(row) if name.startswith("feedback__")}
    return {**row, "feedback": said if said["rating"] is not None else None}
