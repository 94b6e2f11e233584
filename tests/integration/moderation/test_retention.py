"""Old conversations go by tier, archived first where an archive is configured."""

from datetime import timedelta
from pathlib import Path
from typing import IO, Any

import pytest
import zstandard
from django.core.files.storage import FileSystemStorage
from django.utils import timezone

from chatbot.accounts.models import Tier, User
from conversations import deletion
from conversations.deletion import finish_deletions
from conversations.models import Conversation, Message
from moderation.models import AuditEntry, RetentionBatch
from moderation.retention import due
from moderation.retention.archive import ROWS, DamagedArchive, archive_storage, check_archive
from moderation.retention.due import next_batch
from moderation.retention.run import apply_retention
from moderation.tasks import apply_retention as task
from tests.factories import make_message, make_user
from tests.integration.moderation.archives import DAYS, make_forgetful, make_old, make_rich

pytestmark = pytest.mark.django_db


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


class TestWhatIsDue:
    """The days count from the last message, by the tier of the user."""

    def test_only_what_is_older_than_the_tier_keeps(self) -> None:
        user = make_forgetful("ann")
        make_old(user, days=DAYS - 0.01)
        old = make_old(user, days=DAYS + 0.01)
        assert next_batch(user) == [old]

    @pytest.mark.parametrize("days", [None, 36_501, 2_000_000_000])
    def test_a_tier_without_days_or_with_a_century_keeps_for_ever(self, days: int | None) -> None:
        user = make_forgetful("ann", days=days)
        kept = make_old(user, days=10_000)
        assert next_batch(user) == []
        assert apply_retention(seconds=60)
        assert Conversation.objects.get() == kept

    @pytest.mark.parametrize("fields", [{"pinned": True}, {"archived": True}, {"folder": "Work"}])
    def test_a_users_own_marks_keep_nothing(self, fields: dict[str, Any]) -> None:
        user = make_forgetful("ann")
        marked = make_old(user, **fields)
        assert next_batch(user) == [marked]

    def test_a_temporary_chat_is_left_to_its_own_end(self) -> None:
        user = make_forgetful("ann")
        make_old(user, expires_at=timezone.now() + timedelta(hours=1))
        assert next_batch(user) == []

    def test_what_was_restored_counts_anew(self) -> None:
        user = make_forgetful("ann")
        make_old(user, restored_at=timezone.now())
        again = make_old(user, restored_at=timezone.now() - timedelta(days=DAYS + 1))
        assert next_batch(user) == [again]

    def test_a_conversation_with_an_answer_under_way_is_not_over(self) -> None:
        user = make_forgetful("ann")
        conversation = make_old(user)
        make_message(conversation, role=Message.Role.ASSISTANT, status=Message.Status.PENDING, content="")
        Conversation.objects.update(last_message_at=timezone.now() - timedelta(days=DAYS + 1))
        assert next_batch(user) == []

    def test_the_oldest_come_first_and_a_batch_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        user = make_forgetful("ann")
        newer, older, oldest = (make_old(user, days=DAYS + age, messages=3) for age in (1, 2, 3))
        assert next_batch(user) == [oldest, older, newer]
        monkeypatch.setattr(due, "MESSAGES", 6)
        assert next_batch(user) == [oldest, older]
        monkeypatch.setattr(due, "MESSAGES", 1)
        assert next_batch(user) == [oldest]
        monkeypatch.setattr(due, "CONVERSATIONS", 2)
        monkeypatch.setattr(due, "MESSAGES", 100)
        assert next_batch(user) == [oldest, older]


@pytest.mark.usefixtures("files")
class TestWithoutAnArchive:
    """What is over is deleted, on record."""

    def test_it_is_deleted_and_each_user_is_on_record_without_any_text(self) -> None:
        ann, bob = make_forgetful("ann"), make_forgetful("bob", days=90)
        make_old(ann, title="A secret")
        make_old(ann)
        kept = make_old(bob)
        assert apply_retention(seconds=60)
        assert Conversation.objects.get() == kept
        assert actions() == ["retention.started", "retention.deleted", "retention.finished"]
        deleted = AuditEntry.objects.get(action="retention.deleted")
        assert deleted.target_id == str(ann.pk)
        assert (deleted.details["conversations"], deleted.details["messages"]) == (2, 4)
        assert "secret" not in str(list(AuditEntry.objects.values()))
        batch = RetentionBatch.objects.get()
        assert (batch.status, batch.folder, batch.deleted_conversations) == ("done", "", 2)

    def test_a_legal_hold_keeps_all(self) -> None:
        user = make_forgetful("ann")
        make_old(user)
        User.objects.update(legal_hold=True)
        assert apply_retention(seconds=60)
        assert Conversation.objects.exists()
        assert not RetentionBatch.objects.exists()

    def test_time_that_runs_out_leaves_the_rest_for_the_next_run(self) -> None:
        for name in ("ann", "bob"):
            make_old(make_forgetful(name))
        assert not apply_retention(seconds=-1)
        assert Conversation.objects.count() == 2
        assert apply_retention(seconds=60)
        assert not Conversation.objects.exists()

    def test_a_long_conversation_is_hidden_at_once_and_finished_by_the_deletion(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(deletion, "BATCH", 2)
        make_old(make_forgetful("ann"), messages=5)
        assert apply_retention(seconds=60)
        assert not Conversation.objects.exists()
        assert finish_deletions(seconds=60)
        assert not Message.objects.exists()
        assert RetentionBatch.objects.get().deleted_messages == 5

    def test_the_task_runs_one_at_a_time(self) -> None:
        make_old(make_forgetful("ann"))
        assert task()
        assert not Conversation.objects.exists()


def archived(folder: Path) -> Path:
    (found,) = folder.glob(f"*/*/{ROWS}")
    return found


class TestWithAnArchive:
    """Nothing is deleted that the archive does not hold."""

    def test_a_batch_is_one_folder_with_rows_and_files(self, archive: Path) -> None:
        user = make_forgetful("ann")
        conversation = make_rich(user)
        assert apply_retention(seconds=60)
        assert not Conversation.objects.exists()
        batch = RetentionBatch.objects.get()
        rows = archived(archive)
        assert batch.folder == str(rows.parent.relative_to(archive)) == f"{user.pk}/{batch.pk}"
        assert (batch.status, batch.deleted_conversations, batch.rows, batch.files) == ("done", 1, 8, 1)
        assert batch.size == rows.stat().st_size
        assert batch.bytes > batch.size
        assert len(list(rows.parent.iterdir())) == 2
        assert batch.sha256 == AuditEntry.objects.get(action="retention.deleted").details["sha256"]
        manifest = check_archive(archive_storage(), f"{batch.folder}/{ROWS}")
        assert (manifest.rows, manifest.conversations, manifest.messages, manifest.files) == (8, 1, 2, 1)
        text = zstandard.ZstdDecompressor().stream_reader(rows.read_bytes()).read().decode()
        assert str(conversation.pk) in text
        assert "Naïve" in text

    def test_users_do_not_share_an_archive(self, archive: Path) -> None:
        for name in ("ann", "bob"):
            make_old(make_forgetful(name))
        assert apply_retention(seconds=60)
        assert len(list(archive.glob(f"*/*/{ROWS}"))) == 2

    def test_what_changed_while_it_was_archived_stays_and_goes_next_time(
        self, archive: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        conversation = make_rich(make_forgetful("ann"))
        check = "moderation.retention.archive.check_archive"

        def change_meanwhile(storage: FileSystemStorage, name: str) -> object:
            Message.objects.filter(conversation=conversation, sequence_number=1).update(content="Changed")
            return check_archive(storage, name)

        monkeypatch.setattr(check, change_meanwhile)
        assert apply_retention(seconds=60)
        assert Conversation.objects.get() == conversation
        assert AuditEntry.objects.get(action="retention.deleted").details["kept"] == 1
        monkeypatch.undo()

    @pytest.mark.parametrize("broken", ["save", "open", "changed"])
    def test_an_archive_that_fails_deletes_nothing_and_is_on_record(
        self, archive: Path, monkeypatch: pytest.MonkeyPatch, broken: str
    ) -> None:
        make_rich(make_forgetful("ann"))

        def fail(*_: object) -> None:
            raise OSError("The disk is full.")

        save = FileSystemStorage.save

        def save_otherwise(storage: FileSystemStorage, name: str, content: IO[bytes]) -> str:
            saved = save(storage, name, content)
            Path(storage.path(saved)).write_bytes(b"something else")
            return saved

        if broken == "changed":
            monkeypatch.setattr(FileSystemStorage, "save", save_otherwise)
        else:
            monkeypatch.setattr(FileSystemStorage, broken, fail)
        with pytest.raises((OSError, DamagedArchive)):
            apply_retention(seconds=60)
        monkeypatch.undo()
        assert Conversation.objects.exists()
        assert actions() == ["retention.started", "retention.failed"]
        assert RetentionBatch.objects.get().status == "abandoned"
        assert not list(archive.glob("*/*/*"))

    def test_a_file_that_was_lost_before_does_not_stop_retention(self, archive: Path, files: Path) -> None:
        make_rich(make_forgetful("ann"))
        for file in files.rglob("*"):
            if file.is_file():
                file.unlink()
        assert apply_retention(seconds=60)
        assert not Conversation.objects.exists()

    def test_a_hold_that_comes_before_the_deletion_keeps_the_conversation(
        self, archive: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_rich(make_forgetful("ann"))
        check = "moderation.retention.archive.check_archive"

        def hold_meanwhile(storage: FileSystemStorage, name: str) -> object:
            User.objects.update(legal_hold=True)
            return check_archive(storage, name)

        monkeypatch.setattr(check, hold_meanwhile)
        assert apply_retention(seconds=60)
        assert Conversation.objects.exists()

    def test_a_tier_that_changes_before_the_deletion_keeps_the_conversation(
        self, archive: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_rich(make_forgetful("ann"))
        check = "moderation.retention.archive.check_archive"

        def change_meanwhile(storage: FileSystemStorage, name: str) -> object:
            Tier.objects.update(retention_days=None)
            return check_archive(storage, name)

        monkeypatch.setattr(check, change_meanwhile)
        assert apply_retention(seconds=60)
        assert Conversation.objects.exists()

    def test_the_archive_of_an_account_that_is_gone_is_erased(self, archive: Path) -> None:
        user = make_forgetful("ann")
        make_rich(user)
        assert apply_retention(seconds=60)
        kept = make_user("bob")
        RetentionBatch.objects.create(user_id=kept.pk, user_label="bob", status="done", folder="kept")
        User.objects.filter(pk=user.pk).delete()
        assert apply_retention(seconds=60)
        assert not list(archive.glob("*/*/*"))
        assert AuditEntry.objects.get(action="archive.erased").target_id == str(user.pk)
        assert set(RetentionBatch.objects.values_list("user_label", "status", "folder")) == {
            ("bob", "done", "kept"),
            ("ann", "erased", ""),
        }
