"""The bytes behind attachments: no file without a row for long, no row without its file, whatever happens between."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone

from chatbot.accounts.models import User
from chatbot.lib.errors import Overloaded, QuotaExceeded
from conversations import tasks
from conversations.attachments import files, services
from conversations.attachments.services import claim_attachments, delete_attachment
from conversations.deletion import delete_conversation, delete_everything_of
from conversations.models import Attachment, DiscardedFile
from tests.factories import make_conversation
from tests.integration.conversations.storage import elsewhere, later, names_of, stored, there
from tests.uploads import make_image

pytestmark = pytest.mark.django_db(transaction=True)


def test_files_go_after_the_commit_of_a_deletion_and_never_before(user: User) -> None:
    attachment = stored(user, make_image())
    names = names_of(attachment)
    assert len(names) == 2
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        delete_attachment(user=user, attachment_id=attachment.pk)
        assert elsewhere(tasks.remove_discarded) == 0
        _ = 1 // 0
    assert there(names) == [True, True]
    assert Attachment.objects.exists()
    assert not DiscardedFile.objects.exists()

    delete_attachment(user=user, attachment_id=attachment.pk)
    assert there(names) == [True, True]
    assert tasks.remove_discarded() == 2
    assert there(names) == [False, False]
    assert not DiscardedFile.objects.exists()
    assert tasks.remove_discarded() == 0


def test_the_files_of_a_deleted_conversation_go(user: User) -> None:
    attachment = stored(user)
    conversation = make_conversation(user, messages=3)
    claim_attachments(conversation=conversation, ids=[attachment.pk])
    delete_conversation(user=user, conversation_id=conversation.pk)
    assert not Attachment.objects.exists()
    assert tasks.remove_discarded() == 1
    assert there(names_of(attachment)) == [False]


@pytest.mark.parametrize("at_once", [True, False])
def test_the_files_of_a_deleted_user_go(user: User, other_user: User, at_once: bool) -> None:
    mine, theirs = stored(user), stored(other_user)
    if at_once:
        user.delete()
    else:
        assert delete_everything_of(user_id=user.pk, seconds=30)
    assert tasks.remove_discarded() == 1
    assert there([*names_of(mine), *names_of(theirs)]) == [False, True]


def test_a_deletion_in_plain_sql_leaves_no_file_behind(user: User) -> None:
    attachment = stored(user, make_image())
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM attachments")
    assert tasks.remove_discarded() == 2
    assert there(names_of(attachment)) == [False, False]


def test_what_no_message_names_is_deleted_after_a_day(user: User) -> None:
    fresh, old, used = stored(user), stored(user), stored(user)
    claim_attachments(conversation=make_conversation(user), ids=[used.pk])
    Attachment.objects.exclude(pk=fresh.pk).update(created_at=timezone.now() - timedelta(hours=25))
    assert tasks.delete_unused() == 1
    assert set(Attachment.objects.values_list("pk", flat=True)) == {fresh.pk, used.pk}
    assert tasks.remove_discarded() == 1
    assert there([*names_of(old), *names_of(fresh), *names_of(used)]) == [False, True, True]


def test_an_account_on_hold_keeps_what_it_never_used(user: User) -> None:
    stored(user)
    Attachment.objects.update(created_at=timezone.now() - timedelta(days=30))
    User.objects.update(legal_hold=True)
    assert tasks.delete_unused() == 0
    assert Attachment.objects.exists()


def test_an_upload_that_died_before_its_row_leaves_nothing_for_long(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(services, "claim_files", die)
    with pytest.raises(KeyboardInterrupt):
        stored(user, make_image())
    names = list(DiscardedFile.objects.values_list("name", flat=True))
    assert there(names) == [True, True]
    assert tasks.remove_discarded() == 0
    later(hours=2)
    assert tasks.remove_discarded() == 2
    assert there(names) == [False, False]
    assert not Attachment.objects.exists()


def test_an_upload_so_slow_that_its_file_was_removed_is_not_stored(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def remove_first(names: list[str]) -> None:
        assert elsewhere(remove_all) == 1
        files.claim_files(names)

    def remove_all() -> int:
        later(hours=2)
        return tasks.remove_discarded()

    monkeypatch.setattr(services, "claim_files", remove_first)
    with pytest.raises(Overloaded):
        stored(user)
    assert not Attachment.objects.exists()


def test_a_file_that_is_being_removed_is_claimed_by_nobody() -> None:
    files.write_files({"attachments/00/x": ContentFile(b"x")})
    later(hours=2)
    assert files._due() == ["attachments/00/x"]
    with pytest.raises(Overloaded):
        files.claim_files(["attachments/00/x"])
    assert files._due() == []


def test_a_storage_that_fails_is_told_and_asked_again(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    attachment = stored(user)
    attachment.delete()

    def fail(*_: Any) -> None:
        raise OSError("no connection")

    with monkeypatch.context() as broken:
        broken.setattr(default_storage, "delete", fail)
        assert tasks.remove_discarded() == 0
    later(hours=1)
    assert tasks.remove_discarded() == 1

    monkeypatch.setattr(default_storage, "save", fail)
    with pytest.raises(Overloaded):
        stored(user)
    assert not Attachment.objects.exists()
    later(hours=2)
    assert tasks.remove_discarded() == 1


def test_uploads_at_the_same_time_do_not_pass_the_limit_together(user: User) -> None:
    user.tier.storage_bytes = 100
    user.tier.save()
    start = Barrier(8)

    def upload(_: int) -> bool:
        try:
            start.wait(20)
            stored(user, b"x" * 30)
        except QuotaExceeded:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(upload, range(8)))
    assert taken.count(True) == Attachment.objects.count() == 3
    # The files of the others are listed, and go.
    later(hours=2)
    tasks.remove_discarded()
    assert all(there([str(one.file) for one in Attachment.objects.all()]))
    assert not DiscardedFile.objects.exists()
