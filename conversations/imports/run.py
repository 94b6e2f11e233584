"""Carries out an import, in Celery."""

from uuid import UUID

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.functions import Now

from conversations.imports import limits
from conversations.imports.drafts import Refused
from conversations.imports.files import take_files
from conversations.imports.reading import Reading
from conversations.imports.sources import Item, items_in
from conversations.imports.store import known_import, store_draft
from conversations.models import DiscardedFile, Import
from conversations.signals import noteworthy
from conversations.transfers.runs import Fenced, Run, claim

NOTHING = "There are no conversations in this file."
TOO_MANY = f"Only {limits.CONVERSATIONS:,} conversations are taken at a time; the others were left out."
LOST_FILE = "The file is no longer there. Please upload it again."


def run_import(import_id: UUID) -> bool:
    """Takes in what the file of an import holds and is not here yet; False when there is nothing to do, or somebody
    else does it.
    """
    run = claim(Import, import_id)
    if run is None:
        return False
    try:
        _Work(run).carry_out()
    except Fenced:
        return False
    return True


class _Work:
    """The counts of one attempt. What an earlier attempt took in counts as taken in."""

    def __init__(self, run: Run[Import]) -> None:
        self._run = run
        self._import = run.transfer
        self._user = run.transfer.user
        self._done = self._imported = self._skipped = 0
        self._total = 0
        self._problems: list[dict[str, str]] = list(run.transfer.problems)

    def carry_out(self) -> None:
        try:
            with default_storage.open(str(self._import.file)) as file:
                for _ in items_in(file):
                    self._total += 1
                    self._run.beat()
                self._total = min(self._total, limits.CONVERSATIONS)
                self._run.note(total=self._total)
                for item in items_in(file):
                    if self._done == limits.CONVERSATIONS:
                        self._note("", TOO_MANY)
                        break
                    self._take(item)
                    self._done += 1
                    self._run.beat(**self._progress())
        except Refused as error:
            self._finish(error=str(error))
        except FileNotFoundError:
            self._finish(error=LOST_FILE)
        else:
            self._finish(error="" if self._done else NOTHING)

    def _take(self, item: Item) -> None:
        try:
            reading = Reading(item)
            made_by = known_import(user=self._user, source=reading.source)
            if made_by is None:
                draft = reading.draft()
                files = take_files(user=self._user, item=item, draft=draft)
                if store_draft(user=self._user, draft=draft, import_id=self._import.pk, files=files):
                    made_by = str(self._import.pk)
                for note in sorted(draft.notes):
                    self._note(item.label, note)
        except Refused as error:
            self._note(item.label, str(error))
            return
        if made_by == str(self._import.pk):
            self._imported += 1
        else:
            self._skipped += 1

    def _note(self, label: str, message: str) -> None:
        problem = {"conversation": label, "message": message}
        if len(self._problems) < limits.PROBLEMS and problem not in self._problems:
            self._problems.append(problem)

    def _progress(self) -> dict[str, object]:
        return {
            "done": self._done,
            "imported": self._imported,
            "skipped": self._skipped,
            "problems": self._problems,
        }

    def _finish(self, *, error: str) -> None:
        """Ends the import; its file is not needed any more."""
        status = Import.Status.FAILED if error else Import.Status.COMPLETED
        name = str(self._import.file)
        with transaction.atomic():
            self._run.finish(status=status, error=error, file="", total=self._total, **self._progress())
            DiscardedFile.objects.bulk_create([DiscardedFile(name=name, due_at=Now())], ignore_conflicts=True)
            details = {"imported": self._imported, "skipped": self._skipped, "problems": len(self._problems)}
            target = self._import
            noteworthy.send(Import, action=f"import.{status}", actor=self._user, target=target, details=details)
