"""One attempt at a transfer: claimed by one worker at a time, fenced by its number, taken up again when that dies."""

import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from conversations.models import Export, Import

# A worker that has been silent for so long is dead; while it lives, it says so every BEAT_SECONDS.
SILENCE = timedelta(seconds=60)
BEAT_SECONDS = 2.0
ATTEMPTS = 3

T = TypeVar("T", Export, Import)

UNFINISHED = (Export.Status.QUEUED, Export.Status.RUNNING)


class Fenced(Exception):
    """The transfer is gone, or somebody else's by now: whoever meets this stops at once and leaves nothing behind."""


def claimable() -> Q:
    """Transfers that wait for a worker, or whose worker is dead."""
    silent = Q(status=Export.Status.RUNNING, alive_at__lt=Now() - SILENCE)
    return Q(status=Export.Status.QUEUED) | silent


@dataclass(slots=True)
class Run(Generic[T]):
    """The worker's hold on a transfer."""

    transfer: T
    last_beat: float = field(default_factory=time.monotonic)

    def _mine(self) -> Any:
        manager: Any = type(self.transfer)._default_manager
        return manager.filter(pk=self.transfer.pk, attempt=self.transfer.attempt, status=Export.Status.RUNNING)

    def beat(self, **progress: Any) -> None:
        """Says that the worker lives and how far it is, when it is time to. Raises Fenced."""
        if time.monotonic() - self.last_beat >= BEAT_SECONDS:
            self.note(**progress)

    def note(self, **progress: Any) -> None:
        """The same, now."""
        self.last_beat = time.monotonic()
        if not self._mine().update(alive_at=Now(), **progress):
            raise Fenced

    def finish(self, **outcome: Any) -> None:
        """Ends the transfer, inside the caller's transaction. Raises Fenced."""
        if not self._mine().update(finished_at=Now(), **outcome):
            raise Fenced


@transaction.atomic
def claim(kind: type[T], transfer_id: UUID) -> Run[T] | None:
    """Takes a transfer that waits, or whose worker is dead; None when there is nothing to do."""
    waiting: Any = kind._default_manager.filter(claimable(), pk=transfer_id, attempt__lt=ATTEMPTS)
    transfer = waiting.select_for_update(skip_locked=True, of=("self",)).first()
    if transfer is None:
        return None
    kind._default_manager.filter(pk=transfer.pk).update(
        status=Export.Status.RUNNING, attempt=F("attempt") + 1, alive_at=Now()
    )
    transfer.refresh_from_db()
    return Run(transfer)
