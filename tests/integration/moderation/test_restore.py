"""What retention archived comes back as it was, any number of times."""

from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest
import zstandard
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone

from chatbot.accounts.models import User
from conversations.attachments.files import remove_discarded_files
from conversations.models import Attachment, Conversation, Message, Share
from moderation.models import AuditEntry, RetentionBatch
from moderation.retention.archive import ROWS, archive_storage
from moderation.retention.restore import Restored, restore_archive
from moderation.retention.rows import decode, encode, lines_of
from moderation.retention.run import apply_retention
from streaming.models import Generation
from tests.factories import make_model, make_provider
from tests.integration.moderation.archives import make_forgetful, make_old, make_rich

pytestmark = pytest.mark.django_db

Rows = dict[tuple[str, str], dict[str, object]]
# What a restoration changes on purpose.
CHANGED = {("conversations.conversation", "restored_at"), ("conversations.share", "revoked_at")}
CHANGED |= {("conversations.attachment", "file")}


def rows_of(conversation: Conversation) -> Rows:
    rows = [decode(line) for line in lines_of(conversation)]
    for row in rows:
        row["fields"] = {name: value for name, value in row["fields"].items() if (row["model"], name) not in CHANGED}
    return {(row["model"], row["pk"]): row["fields"] for row in rows}


@pytest.fixture
def user() -> User:
    return make_forgetful("ann")


@pytest.fixture
def gone(archive: Path, user: User) -> Conversation:
    """A conversation that retention took out, with every row that it had."""
    conversation = make_rich(user)
    conversation.rows_before = rows_of(conversation)  # type: ignore[attr-defined]
    assert apply_retention(seconds=60)
    assert not Conversation.objects.exists()
    return conversation


def restore() -> Restored:
    folder = RetentionBatch.objects.get(status="done").folder
    return restore_archive(archive_storage(), f"{folder}/{ROWS}", actor=None)


def test_every_row_comes_back_as_it_was(gone: Conversation) -> None:
    restored = restore()
    assert (restored.conversations, restored.rows, restored.files, restored.problems) == (1, 8, 1, [])
    back = Conversation.objects.get()
    assert rows_of(back) == gone.rows_before  # type: ignore[attr-defined]
    assert back.restored_at is not None


def test_files_come_back_although_the_old_ones_go(gone: Conversation) -> None:
    restore()
    remove_discarded_files(seconds=60)
    attachment = Attachment.objects.get()
    with attachment.file.open() as file:
        assert file.read() == attachment.pk.bytes * 1_000


def test_shared_pages_come_back_revoked(gone: Conversation) -> None:
    restore()
    assert Share.objects.get().revoked_at is not None


def test_a_second_time_changes_nothing(gone: Conversation) -> None:
    restore()
    back = Conversation.objects.get()
    before = list(lines_of(back))
    restored = restore()
    assert (restored.conversations, restored.present, restored.rows) == (0, 1, 0)
    assert list(lines_of(Conversation.objects.get())) == before
    assert Message.objects.count() == 2


def test_retention_leaves_what_came_back_and_goes_on_record(gone: Conversation, user: User) -> None:
    restore()
    assert apply_retention(seconds=60)
    assert Conversation.objects.exists()
    entry = AuditEntry.objects.get(action="archive.restored")
    assert entry.target_id == str(user.pk)
    assert (entry.details["conversations"], entry.details["problems"]) == (1, 0)


def test_a_restoration_that_is_interrupted_leaves_nothing_half(
    gone: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("moderation.retention.restore.claim_files", fail)
    with pytest.raises(KeyboardInterrupt):
        restore()
    monkeypatch.undo()
    assert not Conversation.objects.exists()
    assert not Message.objects.exists()
    assert restore().conversations == 1


def test_what_others_deleted_meanwhile_is_forgotten(archive: Path, user: User) -> None:
    conversation = make_rich(user)
    model = make_model(make_provider())
    Generation.objects.update(language_model=model)
    assert apply_retention(seconds=60)
    model.delete()
    assert restore().problems == []
    assert Generation.objects.get().language_model is None
    assert Conversation.objects.get() == conversation


def test_an_import_that_was_repeated_meanwhile_keeps_its_source(archive: Path, user: User) -> None:
    make_rich(user, source="chatgpt:1")
    assert apply_retention(seconds=60)
    again = make_old(user, source="chatgpt:1", restored_at=timezone.now())
    assert restore().conversations == 1
    assert Conversation.objects.get(source="chatgpt:1") == again


def test_nothing_comes_back_to_an_account_that_is_gone(gone: Conversation, user: User) -> None:
    User.objects.filter(pk=user.pk).delete()
    restored = restore()
    assert restored.conversations == 0
    assert len(restored.problems) == 1


def test_what_is_being_deleted_does_not_come_back(gone: Conversation) -> None:
    restore()
    Conversation.objects.update(deleted_at=timezone.now())
    restored = restore()
    assert (restored.conversations, len(restored.problems)) == (0, 1)


def path_of(archive: Path) -> Path:
    return archive / RetentionBatch.objects.get().folder / ROWS


def text_of(path: Path) -> bytes:
    return zstandard.ZstdDecompressor().stream_reader(path.read_bytes()).read()


@pytest.mark.parametrize(
    "damage", ["cut", "one byte", "a line less", "another line", "no manifest", "no archive", "empty"]
)
def test_a_damaged_archive_restores_nothing(gone: Conversation, archive: Path, damage: str) -> None:
    path = path_of(archive)
    stored, lines = path.read_bytes(), text_of(path).splitlines(keepends=True)
    compress = zstandard.ZstdCompressor().compress
    damaged = {
        "cut": stored[: len(stored) // 2],
        "one byte": stored[:200] + bytes([stored[200] ^ 1]) + stored[201:],
        "a line less": compress(b"".join(lines[:3] + lines[4:])),
        "another line": compress(b"".join([*lines[:-1], encode({"file": {}}) + b"\n", lines[-1]])),
        "no manifest": compress(b"".join(lines[:-1])),
        "no archive": b"Hello",
        "empty": b"",
    }
    path.write_bytes(damaged[damage])
    with pytest.raises(CommandError):
        call_command("restore_archive", str(path), stdout=StringIO())
    assert not Conversation.objects.exists()


def test_a_changed_file_is_not_restored(gone: Conversation, archive: Path) -> None:
    (copy,) = (path for path in path_of(archive).parent.iterdir() if path.name != ROWS)
    copy.write_bytes(b"something else")
    with pytest.raises(CommandError, match="not the file"):
        call_command("restore_archive", str(path_of(archive)), stdout=StringIO())
    assert not Conversation.objects.exists()


@pytest.mark.parametrize("named", ["folder", "path"])
def test_the_command_says_what_came_back(gone: Conversation, archive: Path, named: str) -> None:
    out = StringIO()
    name = RetentionBatch.objects.get().folder if named == "folder" else str(path_of(archive))
    call_command("restore_archive", name, stdout=out)
    assert "1 conversations with 8 rows and 1 files came back; 0 were there." in out.getvalue()
    assert UUID(str(Conversation.objects.get().pk)) == gone.pk
    assert default_storage.exists(str(Attachment.objects.get().file.name))


def test_the_command_refuses_what_is_not_there(archive: Path) -> None:
    with pytest.raises(CommandError):
        call_command("restore_archive", "no/such/archive", stdout=StringIO())
