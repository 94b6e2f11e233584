"""What tests of stored files share."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import connection
from django.utils import timezone

from chatbot.accounts.models import User
from conversations.attachments.services import store_attachment
from conversations.models import Attachment, DiscardedFile


def stored(user: User, content: bytes = b"Hello", name: str = "note.txt") -> Attachment:
    """An attachment of `user`, uploaded as by a form."""
    with TemporaryUploadedFile(name, "", len(content), None) as upload:
        upload.write(content)
        upload.flush()
        return store_attachment(user=user, upload=upload)


def names_of(attachment: Attachment) -> list[str]:
    """The files of an attachment."""
    return [str(name) for name in (attachment.file, attachment.thumbnail) if name]


def there(names: list[str]) -> list[bool]:
    """Which of these files the storage has."""
    return [default_storage.exists(name) for name in names]


def elsewhere(work: Callable[[], int]) -> int:
    """What `work` gives in another thread, with a connection of its own."""

    def run() -> int:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(run).result()


def later(**passed: float) -> None:
    """Lets time pass for what is listed."""
    due = timezone.now() - timedelta(minutes=1)
    DiscardedFile.objects.filter(due_at__lt=timezone.now() + timedelta(**passed)).update(due_at=due)
