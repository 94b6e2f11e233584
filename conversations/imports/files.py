"""The files of an archive of ours: taken in as uploads are, before the conversation that they belong to."""

import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import TemporaryUploadedFile

from chatbot.accounts.models import User
from chatbot.lib.errors import AppError, Overloaded
from chatbot.lib.ids import new_id
from conversations.attachments.names import tidy_name
from conversations.attachments.services import store_attachment
from conversations.attachments.snapshots import snapshot_of
from conversations.imports.drafts import Draft, Refused
from conversations.imports.sources import Item
from conversations.models import Attachment

NOT_THERE = "Some of its files are not in the import."
MOST_FILES = 1_000
LARGEST = 2**53
# How often, and how many seconds apart, a file is offered while too many others are being read.
TRIES = 10
PAUSE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Taken:
    """The attachments that were made of the files of a conversation, by the ids that its export gave them."""

    user_id: UUID
    attachments: dict[str, Attachment] = field(default_factory=dict)

    def snapshots(self, named: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """What a message remembers of the files that it named. Those that did not come are as if deleted."""
        return [self._snapshot(one) for one in named[:MOST_FILES]]

    def _snapshot(self, one: dict[str, Any]) -> dict[str, Any]:
        a = self.attachments.get(str(one.get("id")))
        if a is not None:
            return snapshot_of(a.pk, a.name, a.kind, a.media_type, a.size, a.width, a.height)
        name, kind, size = tidy_name(str(one.get("name", ""))), one.get("kind"), one.get("size")
        kind = str(kind) if kind in Attachment.Kind.values else Attachment.Kind.TEXT.value
        size = size if isinstance(size, int) and 0 <= size < LARGEST else 0
        gone = snapshot_of(new_id(self.user_id), name, kind, "application/octet-stream", size, None, None)
        return {**gone, "deleted": True}


def take_files(*, user: User, item: Item, draft: Draft) -> Taken:
    """Takes in the files that a conversation lists; what is not taken is noted. A conversation claims them when it is
    stored: until then they are uploads that nothing names.
    """
    taken = Taken(user.id)
    for entry in draft.files[:MOST_FILES]:
        name, path = tidy_name(str(entry.get("name", ""))), entry.get("path")
        if item.archive is None or not isinstance(path, str):
            draft.notes.add(NOT_THERE)
            continue
        try:
            with _unpack(item, path, name, most=user.tier.max_attachment_bytes) as upload:
                taken.attachments[str(entry.get("id"))] = _store(user, upload)
        except Refused:
            draft.notes.add(NOT_THERE)
        except AppError as error:
            draft.notes.add(f"The file “{name}” was not taken: {error.message}")
    return taken


def _unpack(item: Item, path: str, name: str, *, most: int) -> TemporaryUploadedFile:
    """The file from the archive, no further than to the first byte too many."""
    upload = TemporaryUploadedFile(name, "application/octet-stream", 0, None)
    size = 0
    for chunk in item.archive.chunks(f"{item.folder}{path}") if item.archive else ():
        upload.write(chunk)
        size += len(chunk)
        if size > most:
            break
    upload.flush()
    upload.seek(0)
    upload.size = size
    return upload


def _store(user: User, upload: TemporaryUploadedFile) -> Attachment:
    for _ in range(TRIES - 1):
        try:
            return store_attachment(user=user, upload=upload)
        except Overloaded:
            time.sleep(PAUSE_SECONDS)
            upload.seek(0)
    return store_attachment(user=user, upload=upload)
