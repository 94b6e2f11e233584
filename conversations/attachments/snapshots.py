"""What a message remembers of its attachments, in its `metadata["attachments"]`: enough to show them and to ask for
them, also after they are gone.
"""

from typing import Any
from uuid import UUID

from chatbot.lib.ids import id_range
from conversations.derived import void_derived
from conversations.models import Attachment, Message

KEY = "attachments"


def snapshot_of(
    attachment_id: UUID, name: str, kind: str, media_type: str, size: int, width: int | None, height: int | None
) -> dict[str, Any]:
    """The snapshot of one attachment. A deleted one has `deleted: true` as well."""
    return {
        "id": str(attachment_id),
        "name": name,
        "kind": kind,
        "media_type": media_type,
        "size": size,
        "width": width,
        "height": height,
    }


def attached_ids(message: Message) -> list[UUID]:
    """The attachments of a message that are not deleted, in order."""
    return [UUID(one["id"]) for one in message.metadata.get(KEY, ()) if not one.get("deleted")]


def attached_names(message: Message) -> list[str]:
    """The names of all that a message brought, in order."""
    return [str(one["name"]) for one in message.metadata.get(KEY, ())]


def mark_deleted(*, attachment: Attachment, conversation_id: UUID) -> None:
    """Lets the messages of its conversation that remember an attachment say that it is deleted. The caller has locked
    the user, so that no message comes to name it meanwhile.
    """
    mine = Message.objects.filter(
        id__range=id_range(attachment.user_id),
        conversation_id=conversation_id,
        metadata__contains={KEY: [{"id": str(attachment.pk)}]},
    )
    for message in mine.only("id", "conversation_id", "sequence_number", "metadata"):
        for one in message.metadata[KEY]:
            if one["id"] == str(attachment.pk):
                one["deleted"] = True
        message.save(update_fields=["metadata"])
        void_derived(message)
