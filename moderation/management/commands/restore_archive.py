"""Brings archived conversations back: `manage.py restore_archive <folder or file>`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage, Storage
from django.core.management import BaseCommand, CommandError

from moderation.retention.archive import ROWS, DamagedArchive, archive_storage, is_configured
from moderation.retention.restore import restore_archive


class Command(BaseCommand):
    help = (
        "Brings back what is not there of an archive: a folder, as the retention batches in the admin name it, or a "
        "file on this machine. It may be called again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The archive."""
        parser.add_argument("archive", help=f"<user id>/<batch id>, or a path to {ROWS}")

    def handle(self, *args: Any, archive: str, **options: Any) -> None:
        """Restores and says what came of it; fails when something could not come back."""
        storage, name = _find(archive)
        try:
            restored = restore_archive(storage, name, actor=None)
        except (DamagedArchive, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{restored.conversations} conversations with {restored.rows} rows and {restored.files} files came back; "
            f"{restored.present} were there."
        )
        if restored.problems:
            raise CommandError("\n".join(restored.problems))


def _find(archive: str) -> tuple[Storage, str]:
    path = Path(archive)
    if path.is_file():
        return FileSystemStorage(location=path.resolve().parent), path.name
    if not is_configured():
        raise CommandError("No archive is configured (ARCHIVE_STORAGE), and there is no such file.")
    return archive_storage(), archive if archive.endswith(ROWS) else f"{archive.strip('/')}/{ROWS}"
