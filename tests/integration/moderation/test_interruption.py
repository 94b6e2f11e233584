"""Retention is killed before every statement and every access to the storage: nothing is lost, nothing doubled."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import connection

from conversations.models import Conversation
from moderation.models import AuditEntry, RetentionBatch
from moderation.retention.archive import ROWS, archive_storage
from moderation.retention.restore import restore_archive
from moderation.retention.run import apply_retention
from tests.integration.moderation.archives import make_forgetful, make_rich
from tests.integration.moderation.test_restore import rows_of

STORAGE = ("save", "open", "delete", "listdir")


class Killed(BaseException):
    """The process ends here, whatever it was about to do."""


class Fuse:
    """Kills at the `at`-th step."""

    def __init__(self, at: int) -> None:
        self._left = at

    def step(self) -> None:
        self._left -= 1
        if self._left == 0:
            raise Killed

    def statement(self, execute: Callable[..., Any], *args: Any) -> Any:
        self.step()
        return execute(*args)

    def access(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def accessed(*args: Any, **kwargs: Any) -> Any:
            self.step()
            return method(*args, **kwargs)

        return accessed


@contextmanager
def killed_at(step: int) -> Iterator[None]:
    fuse = Fuse(step)
    with pytest.MonkeyPatch.context() as patch, connection.execute_wrapper(fuse.statement):
        for name in STORAGE:
            patch.setattr(FileSystemStorage, name, fuse.access(getattr(FileSystemStorage, name)))
        yield


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(600)
def test_a_run_that_is_killed_anywhere_is_finished_by_the_next(archive: Path) -> None:
    step, killed = 0, True
    while killed:
        step += 1
        user = make_forgetful(f"user{step}")
        conversation = make_rich(user)
        before = rows_of(conversation)
        try:
            with killed_at(step):
                apply_retention(seconds=60)
            killed = False
        except Killed:
            apply_retention(seconds=60)

        assert not Conversation.with_deleted.filter(user=user).exists(), step
        entries = AuditEntry.objects.filter(action="retention.deleted", target_id=str(user.pk))
        assert sum(entry.details["conversations"] for entry in entries) == 1, step
        (done,) = RetentionBatch.objects.filter(user_id=user.pk, status="done")
        assert not RetentionBatch.objects.filter(user_id=user.pk).exclude(status__in=["done", "abandoned"]).exists()
        assert [folder.name for folder in (archive / str(user.pk)).iterdir()] == [str(done.pk)], step
        restored = restore_archive(archive_storage(), f"{done.folder}/{ROWS}", actor=None)
        assert (restored.conversations, restored.problems) == (1, []), step
        assert rows_of(Conversation.objects.get(pk=conversation.pk)) == before, step
    assert step > 60
