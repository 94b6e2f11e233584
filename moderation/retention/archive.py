"""Archives: zstd-compressed lines of JSON in the storage `archive`, and the bytes of the files that the rows name.

An archive is a folder of its own. In `conversations.jsonl.zst` the first line says what it is, then comes a row a line,
then a line for every file, and the last line is the manifest: how many rows and files there are, and the SHA-256 of all
lines before it. So a file that was cut or changed is known by itself.
"""

import hashlib
import io
import logging
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import IO

import msgspec
import zstandard
from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage, storages
from django.db.models import FileField

from conversations.models import Conversation
from moderation.retention.rows import Row, archived_models, decode, encode, lines_of

logger = logging.getLogger(__name__)

ALIAS = "archive"
FORMAT = "chatbot archive"
VERSION = 1
ROWS = "conversations.jsonl.zst"
# A tenth smaller than the usual level 3, for 30 ms a megabyte: nobody waits for it (`make bench-compression`).
LEVEL = 9
PIECE = 1 << 20


class DamagedArchive(Exception):
    """The archive is not what was written; the message says in what."""


@dataclass
class Manifest:
    """What an archive holds. `bytes` are those of all lines before the manifest, uncompressed."""

    rows: int = 0
    conversations: int = 0
    messages: int = 0
    files: int = 0
    bytes: int = 0
    sha256: str = ""


@dataclass
class Written:
    """An archive that was written: `size` and `sha256` are those of the compressed object, `digests` of each
    conversation's rows.
    """

    manifest: Manifest
    size: int
    sha256: str
    digests: dict[str, str] = field(default_factory=dict)


def is_configured() -> bool:
    """Whether there is somewhere to archive to."""
    return ALIAS in settings.STORAGES


def archive_storage() -> Storage:
    """Where archives are kept."""
    return storages[ALIAS]


class _Lines:
    """Compresses lines into a file and counts them."""

    def __init__(self, target: IO[bytes]) -> None:
        self.manifest = Manifest()
        self._digest = hashlib.sha256()
        self._compressed = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).stream_writer(
            target, closefd=False
        )

    def write(self, line: bytes) -> None:
        self._digest.update(line)
        self.manifest.bytes += len(line)
        self._compressed.write(line)

    def close(self) -> None:
        self.manifest.sha256 = self._digest.hexdigest()
        self._compressed.write(encode({"manifest": asdict(self.manifest)}) + b"\n")
        self._compressed.close()  # type: ignore[no-untyped-call]


def write_archive(folder: str, conversations: list[Conversation], *, about: Row) -> Written:
    """Writes an archive of `conversations` into `folder` of the storage and reads it back. Raises DamagedArchive when
    what comes back is something else, and whatever the storage raises.
    """
    storage = archive_storage()
    with tempfile.TemporaryFile() as target:
        lines = _Lines(target)
        lines.write(encode({"format": FORMAT, "version": VERSION, **about}) + b"\n")
        digests = {str(each.pk): _write_conversation(storage, folder, each, lines) for each in conversations}
        lines.close()
        size = target.tell()
        target.seek(0)
        sha256 = _save(storage, f"{folder}/{ROWS}", target)
    manifest = check_archive(storage, f"{folder}/{ROWS}")
    if manifest != lines.manifest:
        raise DamagedArchive("The archive does not hold what was written to it.")
    return Written(manifest, size, sha256, digests)


def _write_conversation(storage: Storage, folder: str, conversation: Conversation, lines: _Lines) -> str:
    """Writes the rows and copies the files of one conversation; gives the digest of the rows."""
    digest = hashlib.sha256()
    files: list[Row] = []
    for line in lines_of(conversation):
        digest.update(line)
        lines.write(line)
        row = decode(line)
        lines.manifest.rows += 1
        lines.manifest.messages += row["model"] == "conversations.message"
        files += _copy_files(storage, folder, row)
    lines.manifest.conversations += 1
    lines.manifest.files += len(files)
    for file in files:
        lines.write(encode({"file": file}) + b"\n")
    return digest.hexdigest()


def _copy_files(storage: Storage, folder: str, row: Row) -> Iterator[Row]:
    for name, source in file_fields(row):
        copy: str | None = f"{row['pk']}-{name}"
        sha256 = ""
        try:
            with source.storage.open(row["fields"][name]) as content:
                sha256 = _save(storage, f"{folder}/{copy}", content)
        except FileNotFoundError:
            # It was lost before: nothing more can be lost by going on.
            logger.exception("file not archived", extra={"file": row["fields"][name]})
            copy = None
        yield {"pk": row["pk"], "field": name, "copy": copy, "sha256": sha256}


def file_fields(row: Row) -> Iterator[tuple[str, FileField]]:
    """The fields of a row that name a file."""
    (model,) = (model for model in archived_models() if model._meta.label_lower == row["model"])
    for each in model._meta.concrete_fields:
        if isinstance(each, FileField) and row["fields"][each.name]:
            yield each.name, each


def _save(storage: Storage, name: str, content: IO[bytes] | File[bytes]) -> str:
    """Stores bytes under a name that must be free, and reads them back; gives their SHA-256."""
    sha256 = sha256_of(content)
    content.seek(0)
    if (saved := storage.save(name, File(content, name))) != name:
        raise DamagedArchive(f"{name} is already there: {saved} was written instead.")
    with storage.open(name) as stored:
        if sha256_of(stored) != sha256:
            raise DamagedArchive(f"{name} came back with other bytes than were written.")
    return sha256


def sha256_of(content: IO[bytes] | File[bytes]) -> str:
    """The SHA-256 of what is left to read."""
    digest = hashlib.sha256()
    while piece := content.read(PIECE):
        digest.update(piece)
    return digest.hexdigest()


def check_archive(storage: Storage, name: str) -> Manifest:
    """Reads an archive from its first line to its last; gives its manifest. Raises DamagedArchive."""
    for _ in (lines := ArchiveLines(storage, name)):
        pass
    return lines.manifest


class ArchiveLines:
    """The lines of an archive, decoded, without the manifest: that is known, and all of it checked, after the last one.
    Raises DamagedArchive.
    """

    def __init__(self, storage: Storage, name: str) -> None:
        self.manifest = Manifest()
        self._storage = storage
        self._name = name

    def __iter__(self) -> Iterator[Row]:
        digest = hashlib.sha256()
        ahead = b""
        with self._storage.open(self._name) as stored:
            for line in _decompressed(stored):
                if ahead:
                    digest.update(ahead)
                    yield self._decode(ahead)
                ahead = line
        try:
            self.manifest = Manifest(**self._decode(ahead)["manifest"])
        except (KeyError, TypeError) as error:
            raise DamagedArchive(f"{self._name} ends before its manifest.") from error
        if self.manifest.sha256 != digest.hexdigest():
            raise DamagedArchive(f"{self._name} does not match its manifest.")

    def _decode(self, line: bytes) -> Row:
        try:
            row = decode(line)
        except msgspec.DecodeError as error:
            raise DamagedArchive(f"{self._name} holds a line that is no JSON.") from error
        if not isinstance(row, dict):
            raise DamagedArchive(f"{self._name} holds a line that is no object.")
        return row


def _decompressed(stored: IO[bytes] | File[bytes]) -> Iterator[bytes]:
    reader = zstandard.ZstdDecompressor().stream_reader(stored, closefd=False)
    try:
        yield from io.BufferedReader(reader, PIECE)
    except zstandard.ZstdError as error:
        raise DamagedArchive(f"It cannot be decompressed: {error}") from error


def remove_archive(folder: str) -> None:
    """Removes an archive, or what was written of it, from the storage. Nothing there is nothing to do."""
    storage = archive_storage()
    try:
        _, names = storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in names:
        storage.delete(f"{folder}/{name}")
    storage.delete(folder)
