"""What becomes of transfers that nobody looks after: taken up again, given up, deleted when their time is over."""

from datetime import timedelta

from django.db.models.functions import Now

from chatbot.lib.tasks import enqueue_on_commit
from conversations.exports.services import KEPT
from conversations.models import Export, Import
from conversations.transfers.runs import ATTEMPTS, claimable

# A task that was not begun by then is enqueued again: the broker may have lost it. It may also wait its turn.
PATIENCE = timedelta(seconds=60)
IMPORTS_KEPT = timedelta(days=90)
LOST = "It was interrupted too often. Please try again."
BATCH = 500


def sweep_transfers() -> int:
    """Does what is due; gives how many transfers it touched. Safe to run anywhere, at any time, in any number."""
    return _take_up() + _give_up() + _expire()


def _take_up() -> int:
    due = {"attempt__lt": ATTEMPTS, "created_at__lt": Now() - PATIENCE}
    exports = list(Export.objects.filter(claimable(), **due).values_list("pk", flat=True)[:BATCH])
    for export_id in exports:
        enqueue_on_commit("conversations.run_export", str(export_id))
    imports = list(Import.objects.filter(claimable(), **due).values_list("pk", flat=True)[:BATCH])
    for import_id in imports:
        enqueue_on_commit("conversations.run_import", str(import_id))
    return len(exports) + len(imports)


def _give_up() -> int:
    lost = {"status": Export.Status.FAILED, "error": LOST, "finished_at": Now()}
    exports = Export.objects.filter(claimable(), attempt__gte=ATTEMPTS).update(**lost)
    return exports + Import.objects.filter(claimable(), attempt__gte=ATTEMPTS).update(**lost)


def _expire() -> int:
    """A trigger lists the files of deleted rows for removal. Accounts under a legal hold keep theirs."""
    old_exports = Export.objects.filter(finished_at__lt=Now() - KEPT, user__legal_hold=False)
    old_imports = Import.objects.filter(finished_at__lt=Now() - IMPORTS_KEPT, user__legal_hold=False)
    exports = list(old_exports.values_list("pk", flat=True)[:BATCH])
    imports = list(old_imports.values_list("pk", flat=True)[:BATCH])
    Export.objects.filter(pk__in=exports).delete()
    Import.objects.filter(pk__in=imports).delete()
    return len(exports) + len(imports)
