"""Brings conversations back from an archive.

Each comes back whole, in one transaction, and only when it is not there: an archive may be restored any number of
times, also after an interruption. Shared pages come back revoked. Retention counts anew from the restoration.
"""

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import groupby
from typing import Any
from uuid import UUID

from django.core.files import File
from django.core.files.storage import Storage
from django.core.serializers.base import DeserializationError
from django.core.serializers.python import Deserializer
from django.db import IntegrityError, transaction
from django.db.models import ForeignKey, Model
from django.utils import timezone

from chatbot.accounts.models import User
from conversations.attachments.files import claim_files, write_files
from conversations.models import Conversation, Share
from conversations.services import announce
from moderation import audit
from moderation.retention.archive import FORMAT, VERSION, ArchiveLines, DamagedArchive, check_archive, sha256_of
from moderation.retention.rows import Row, archived_models

BATCH = 1_000
CONVERSATION = "conversations.conversation"


@dataclass
class Restored:
    """What came back. `present` conversations were there already; `problems` say what could not come back, and why."""

    conversations: int = 0
    rows: int = 0
    files: int = 0
    present: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass
class _Package:
    """A conversation in the archive: its rows, that of the conversation first, and its files."""

    rows: list[Row]
    files: list[Row]

    @property
    def id(self) -> UUID:
        return UUID(self.rows[0]["pk"])


def restore_archive(storage: Storage, name: str, *, actor: User | None) -> Restored:
    """Restores what is not there of the archive `name`, and puts that on record. All of it is checked before anything
    is written. Raises DamagedArchive, and whatever the storage raises.
    """
    manifest = check_archive(storage, name)
    lines = iter(ArchiveLines(storage, name))
    header = next(lines)
    if (header.get("format"), header.get("version")) != (FORMAT, VERSION):
        raise DamagedArchive(f"{name} is not an archive of version {VERSION}.")
    restored = Restored()
    owner = User.objects.filter(pk=header["user"]["id"]).first()
    if owner is None:
        restored.problems.append(f"The account {header['user']['username']} is gone: nothing was restored.")
    for package in _packages(lines) if owner else ():
        _restore(storage, name, package, restored)
    details = {**asdict(restored), "problems": len(restored.problems), "archive": name, "sha256": manifest.sha256}
    audit.record(
        action="archive.restored", actor=actor, target_type="user", target_id=header["user"]["id"], details=details
    )
    return restored


def _packages(lines: Iterator[Row]) -> Iterator[_Package]:
    package: _Package | None = None
    for line in lines:
        if line.get("model") == CONVERSATION:
            if package:
                yield package
            package = _Package([], [])
        if package is None:
            raise DamagedArchive("A row comes before its conversation.")
        if "file" in line:
            package.files.append(line["file"])
        else:
            package.rows.append(line)
    if package:
        yield package


def _restore(storage: Storage, name: str, package: _Package, restored: Restored) -> None:
    existing = Conversation.with_deleted.filter(pk=package.id).first()
    if existing is not None:
        if existing.deleted_at is None:
            restored.present += 1
        else:
            restored.problems.append(f"{package.id} is being deleted just now: try again later.")
        return
    files = _write_files(storage, name.rpartition("/")[0], package)
    try:
        _store(package, files)
    except (IntegrityError, DeserializationError) as error:
        restored.problems.append(f"{package.id}: {error}")
        return
    restored.conversations += 1
    restored.rows += len(package.rows)
    restored.files += len(files)


def _write_files(storage: Storage, folder: str, package: _Package) -> dict[tuple[str, str], str]:
    """Copies the files back, under new names: the old ones may still be on their way out. Gives the name for each row
    and field.
    """
    names: dict[tuple[str, str], str] = {}
    earlier = {row["pk"]: row["fields"] for row in package.rows}
    for file in package.files:
        if file["copy"] is None:
            continue
        with storage.open(f"{folder}/{file['copy']}" if folder else file["copy"]) as content:
            if sha256_of(content) != file["sha256"]:
                raise DamagedArchive(f"{file['copy']} is not the file that was archived.")
            content.seek(0)
            before: str = earlier[file["pk"]][file["field"]]
            after = f"{before[:180]}-{secrets.token_hex(6)}"
            write_files({after: File(content, after)})
        names[file["pk"], file["field"]] = after
    return names


@transaction.atomic
def _store(package: _Package, files: dict[tuple[str, str], str]) -> None:
    for row in package.rows:
        for (key, name), file in files.items():
            if row["pk"] == key:
                row["fields"][name] = file
    by_name = {model._meta.label_lower: model for model in archived_models()}
    for label, rows in groupby(package.rows, key=lambda row: str(row["model"])):
        objects = [item.object for item in Deserializer(rows, ignorenonexistent=True)]
        _adapt(by_name[label], objects)
        by_name[label]._base_manager.bulk_create(objects, batch_size=BATCH)
    claim_files(list(files.values()))
    announce(Conversation.objects.get(pk=package.id))


def _adapt(model: type[Model], objects: Iterable[Any]) -> None:
    """What comes back into a world that went on meanwhile."""
    now = timezone.now()
    for each in objects:
        if isinstance(each, Conversation):
            each.restored_at = now
            taken = Conversation.with_deleted.filter(user_id=each.user_id, source=each.source).exists()
            each.source = "" if taken else each.source
        if isinstance(each, Share):
            each.revoked_at = each.revoked_at or now
    for key in model._meta.concrete_fields:
        if isinstance(key, ForeignKey) and key.null and key.related_model not in archived_models():
            _forget_missing(key, objects)


def _forget_missing(key: ForeignKey[Any], objects: Iterable[Any]) -> None:
    named = {getattr(each, key.attname) for each in objects}
    there = set(key.related_model._base_manager.filter(pk__in=named - {None}).values_list("pk", flat=True))
    for each in objects:
        if getattr(each, key.attname) not in there:
            setattr(each, key.attname, None)
