"""Carries out an export, in Celery."""

import tempfile
from typing import IO
from uuid import UUID

from django.conf import settings
from django.core.files import File
from django.db import transaction

from conversations.attachments.files import claim_files, write_files
from conversations.exports.archive import Archive
from conversations.exports.document import attachment_entry, write_json
from conversations.exports.markdown import write_markdown
from conversations.models import Conversation, Export
from conversations.signals import noteworthy
from conversations.transfers.runs import Fenced, Run, claim

EXTENSIONS = {Export.Format.JSON: "json", Export.Format.MARKDOWN: "md"}


def run_export(export_id: UUID) -> bool:
    """Writes the file of an export, from the beginning; False when there is nothing to do, or somebody else does it."""
    run = claim(Export, export_id)
    if run is None:
        return False
    try:
        with tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as out:
            _write(run, out)
            out.seek(0)
            _keep(run, out)
    except Fenced:
        return False
    return True


def _write(run: Run[Export], out: IO[bytes]) -> None:
    export = run.transfer
    if export.conversation is None:
        run.note(total=Conversation.objects.filter(user=export.user).count())
        form = Export.Format(export.format)
        Archive(out, user=export.user, form=form, beat=lambda done: run.beat(done=done)).write()
        return
    run.note(total=1)
    if export.format == Export.Format.MARKDOWN:
        write_markdown(out, export.conversation)
    else:
        files = export.conversation.attachments.defer("text").order_by("pk")
        write_json(out, export.conversation, [attachment_entry(one, None) for one in files])


def _keep(run: Run[Export], out: IO[bytes]) -> None:
    """Hands the file to the storage and ends the export. A file that comes too late is removed as discarded."""
    export = run.transfer
    extension = EXTENSIONS[Export.Format(export.format)] if export.conversation_id else "zip"
    name = f"exports/{export.pk.hex[:2]}/{export.pk}-{export.attempt}.{extension}"
    file = File(out)
    write_files({name: file})
    with transaction.atomic():
        total = Conversation.objects.filter(user_id=export.user_id).count() if export.conversation_id is None else 1
        run.finish(status=Export.Status.COMPLETED, file=name, size=file.size, done=total, total=total)
        claim_files([name])
        details = {"conversation_id": str(export.conversation_id or ""), "format": export.format, "bytes": file.size}
        noteworthy.send(Export, action="export.completed", actor=export.user, target=export, details=details)
