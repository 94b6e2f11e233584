"""Exports: what they hold, and how they come about."""

import asyncio
import json
import zipfile
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from chatbot.accounts.models import User
from chatbot.lib.ids import new_id
from conversations import tasks
from conversations.attachments.files import remove_discarded_files
from conversations.exports import rows, services
from conversations.exports.run import run_export
from conversations.exports.services import get_export, request_export
from conversations.feedback import give_feedback
from conversations.models import Attachment, Conversation, DiscardedFile, Export, Feedback, Message
from conversations.transfers import runs, upkeep
from moderation.models import AuditEntry
from tests.factories import make_conversation, make_message
from tests.integration.conversations.test_api import assert_error

LIST = "/api/v1/exports/"
ZIP, JSON, MARKDOWN = None, Export.Format.JSON, Export.Format.MARKDOWN


def post(api: APIClient, **body: Any) -> Any:
    return api.post(LIST, json.dumps({"format": "json", **body}, default=str), content_type="application/json")


def export(user: User, form: Export.Format = JSON, conversation: Conversation | None = None) -> Export:
    """A finished export."""
    made = request_export(user=user, form=form, conversation_id=conversation.pk if conversation else None)
    assert run_export(made.pk)
    made.refresh_from_db()
    assert made.status == Export.Status.COMPLETED
    return made


def content_of(made: Export) -> bytes:
    with default_storage.open(str(made.file)) as file:
        content: bytes = file.read()
    assert len(content) == made.size
    return content


def archive_of(made: Export) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(content_of(made))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def make_attachment(user: User, conversation: Conversation | None, name: str = "notes.txt") -> Attachment:
    """A text file of `user`."""
    attachment = Attachment(
        id=new_id(user.id),
        user=user,
        conversation=conversation,
        name=name,
        kind="text",
        media_type="text/plain",
        size=5,
    )
    attachment.file.save(f"attachments/{attachment.pk}", ContentFile(b"notes"), save=False)
    attachment.save(force_insert=True)
    return attachment


@pytest.fixture
def conversation(user: User) -> Conversation:
    """A question with two answers, of which the second is shown, and what was said of it."""
    made = make_conversation(user, title="Tea?", model_config={"model": "big", "temperature": 0.5}, folder="Work")
    question = make_message(made, content="Tea or ‘coffee’? 😀\n```")
    first = make_message(made, role=Message.Role.ASSISTANT, content="Coffee.", parent_id=question.pk)
    second = make_message(made, role=Message.Role.ASSISTANT, content="Tea.", parent_id=question.pk)
    Message.objects.filter(pk=first.pk).update(current=False)
    Message.objects.filter(pk=second.pk).update(metadata={"model": "big"}, tokens=2)
    give_feedback(user=user, message_id=second.pk, rating=Feedback.Rating.UP, reason="correct", comment="Oh\nyes")
    return made


def test_a_conversation_as_json_holds_every_branch(user: User, conversation: Conversation) -> None:
    document = json.loads(content_of(export(user, JSON, conversation)))
    messages = document.pop("messages")
    assert document == {
        "format": "chatbot-conversation",
        "version": 1,
        "id": str(conversation.pk),
        "source": "",
        "title": "Tea?",
        "model_config": {"model": "big", "temperature": 0.5},
        "metadata": {},
        "archived": False,
        "pinned": False,
        "folder": "Work",
        "created_at": document["created_at"],
        "last_message_at": document["last_message_at"],
        "expires_at": None,
        "attachments": [],
    }
    question, first, second = messages
    assert (question["content"], question["parent_id"]) == ("Tea or ‘coffee’? 😀\n```", None)
    assert [one["parent_id"] for one in (first, second)] == [question["id"]] * 2
    assert [one["current"] for one in messages] == [True, False, True]
    assert [one["sequence_number"] for one in messages] == [1, 2, 3]
    assert first["feedback"] is None
    assert (second["metadata"], second["tokens"]) == ({"model": "big"}, 2)
    said = second["feedback"]
    assert (said["rating"], said["reason"], said["comment"]) == (1, "correct", "Oh\nyes")
    stored = Message.objects.get(pk=second["id"])
    assert second["created_at"] == stored.created_at.isoformat().replace("+00:00", "Z")


def test_a_conversation_as_markdown_is_the_branch_that_is_shown(user: User, conversation: Conversation) -> None:
    text = content_of(export(user, MARKDOWN, conversation)).decode()
    assert text.startswith("# Tea?\n")
    assert "## You · " in text
    assert "Tea or ‘coffee’? 😀\n```\n" in text
    assert "## big · " in text
    assert "\nTea.\n" in text
    assert "Coffee." not in text
    assert "*You rated this answer: good (correct: Oh yes)*" in text


def test_an_account_holds_all_of_it(user: User, other_user: User, conversation: Conversation) -> None:
    make_conversation(other_user, messages=2, title="Not yours")
    make_conversation(user, title="Empty")
    attachment = make_attachment(user, conversation)
    make_attachment(user, None, "unused.txt")
    files = archive_of(export(user))
    manifest = json.loads(files["manifest.json"])
    assert {name: value for name, value in manifest.items() if name != "exported_at"} == {
        "format": "chatbot-export",
        "version": 1,
        "conversation_format": "json",
        "username": "ann",
        "conversations": 2,
        "messages": 3,
        "attachments": 2,
        "feedback": 1,
        "missing_files": [],
    }
    assert json.loads(files["profile.json"])["username"] == "ann"
    (said,) = json.loads(files["feedback.json"])
    assert (said["rating"], said["conversation_id"]) == (1, str(conversation.pk))
    document = json.loads(files[f"conversations/{conversation.pk}.json"])
    (entry,) = document["attachments"]
    assert (entry["id"], entry["name"]) == (str(attachment.pk), "notes.txt")
    assert files[entry["path"]] == b"notes"
    assert len(json.loads(files["attachments.json"])) == 2
    assert "password" not in str(files)
    assert "Not yours" not in str(files)


def test_an_account_in_markdown_has_names_to_be_read(user: User, conversation: Conversation) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(title="../../Tea / “Käffchen”\n?")
    names = set(archive_of(export(user, MARKDOWN)))
    assert f"conversations/tea-käffchen-{conversation.pk}.md" in names
    assert not [name for name in names if ".." in name]


def test_an_account_with_nothing_in_it_is_a_zip_as_well(user: User) -> None:
    files = archive_of(export(user))
    assert json.loads(files["manifest.json"])["conversations"] == 0
    assert json.loads(files["feedback.json"]) == []


def test_a_file_that_the_storage_lost_is_named_as_missing(user: User, conversation: Conversation) -> None:
    attachment = make_attachment(user, conversation)
    default_storage.delete(str(attachment.file))
    manifest = json.loads(archive_of(export(user))["manifest.json"])
    assert manifest["missing_files"] == [f"attachments/{attachment.pk}/notes.txt"]


@pytest.mark.parametrize("status", ["held", "blocked"])
def test_what_moderation_withholds_is_withheld_here(user: User, conversation: Conversation, status: str) -> None:
    Message.objects.filter(conversation=conversation, content="Tea.").update(status=status)
    for form in (JSON, MARKDOWN):
        assert b"Tea." not in content_of(export(user, form, conversation))


def test_long_conversations_are_read_in_pieces(
    user: User,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    monkeypatch.setattr(rows, "MESSAGES_AT_A_TIME", 3)
    monkeypatch.setattr(rows, "AT_A_TIME", 2)
    made = [make_conversation(user, messages=7) for _ in range(3)]
    with django_assert_max_num_queries(60):
        files = archive_of(export(user))
    for one in made:
        document = json.loads(files[f"conversations/{one.pk}.json"])
        assert [message["content"] for message in document["messages"]] == [f"Message {n}" for n in range(1, 8)]


def test_the_door_queues_and_tells_how_far_it_is(
    api: APIClient, user: User, conversation: Conversation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    response = post(api)
    assert response.status_code == 202
    body = response.json()
    assert body == {
        "id": body["id"],
        "conversation_id": None,
        "format": "json",
        "status": "queued",
        "done": 0,
        "total": None,
        "error": "",
        "size": None,
        "url": None,
        "created_at": body["created_at"],
        "finished_at": None,
        "expires_at": None,
    }
    path = f"{LIST}{body['id']}/"
    assert_error(api.get(f"{path}file/"), 400, "invalid_input")
    tasks.export(body["id"])
    with django_assert_num_queries(2):  # the user, the export
        body = api.get(path).json()
    assert (body["status"], body["done"], body["total"]) == ("completed", 1, 1)
    assert body["url"] == f"{path}file/"
    assert body["expires_at"] > body["finished_at"]
    assert api.get(LIST).json()["results"] == [body]
    actions = AuditEntry.objects.filter(target_id=body["id"]).values_list("action", flat=True)
    assert set(actions) == {"export.requested", "export.completed"}


def test_the_file_is_saved_by_its_owner_only(user: User, api: APIClient, other_api: APIClient) -> None:
    made = export(user, JSON, make_conversation(user, messages=2, title="Äpfel & Birnen"))
    path = f"{LIST}{made.pk}/file/"
    response: Any = api.get(path)
    assert response.status_code == 200

    async def read() -> bytes:
        return b"".join([chunk async for chunk in response])

    assert asyncio.run(read()) == content_of(made)
    assert response["Content-Length"] == str(made.size)
    assert response["Content-Type"] == "application/json"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"].startswith("attachment; filename")
    assert "%C3%A4pfel-birnen-" in response["Content-Disposition"]
    assert AuditEntry.objects.get(action="export.downloaded").actor_id == user.id
    assert_error(other_api.get(path), 404, "not_found")
    assert_error(APIClient().get(path), 401, "unauthorized")


def test_the_same_again_is_the_same_until_it_has_ended(api: APIClient, user: User, conversation: Conversation) -> None:
    first = post(api).json()
    assert post(api).json() == first
    others = [post(api, format="markdown").json(), post(api, conversation_id=conversation.pk).json()]
    assert len({one["id"] for one in [first, *others]}) == 3
    run_export(get_export(user=user, export_id=first["id"]).pk)
    assert post(api).json()["id"] != first["id"]


def test_only_so_many_are_kept(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST", 1)
    first = post(api).json()
    assert_error(post(api, format="markdown"), 429, "quota_exceeded")
    assert api.delete(f"{LIST}{first['id']}/").status_code == 204
    assert post(api, format="markdown").status_code == 202


def test_what_belongs_to_others_is_not_there(
    user: User, api: APIClient, other_api: APIClient, conversation: Conversation
) -> None:
    assert_error(post(other_api, conversation_id=conversation.pk), 404, "not_found")
    made = export(user)
    for path in (f"{LIST}{made.pk}/", f"{LIST}{made.pk}/file/", f"{LIST}{uuid4()}/"):
        assert_error(other_api.get(path), 404, "not_found")
    assert_error(other_api.delete(f"{LIST}{made.pk}/"), 404, "not_found")
    assert other_api.get(LIST).json()["results"] == []
    assert Export.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("format", "pdf"), ("format", None), ("format", 1), ("conversation_id", "x"), ("conversation_id", [])],
)
def test_a_field_that_cannot_be_is_refused(api: APIClient, field: str, value: Any) -> None:
    assert_error(post(api, **{field: value}), 400, "invalid_input")
    assert not Export.objects.exists()


def test_a_second_worker_finds_nothing_to_do(user: User) -> None:
    made = request_export(user=user, form=JSON)
    assert runs.claim(Export, made.pk) is not None
    assert not run_export(made.pk)
    made.refresh_from_db()
    assert (made.status, made.attempt) == ("running", 1)
    assert not run_export(uuid4())


def silence(made: Export) -> None:
    """Lets the worker of an export be dead."""
    Export.objects.filter(pk=made.pk).update(alive_at=timezone.now() - runs.SILENCE - timedelta(seconds=1))


def test_what_a_dead_worker_left_is_taken_up_and_its_ghost_can_write_nothing(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = request_export(user=user, form=JSON)
    ghost = runs.claim(Export, made.pk)
    assert ghost is not None
    silence(made)
    assert run_export(made.pk)
    made.refresh_from_db()
    assert (made.status, made.attempt) == ("completed", 2)
    with pytest.raises(runs.Fenced):
        ghost.note(done=5)
    with pytest.raises(runs.Fenced):
        ghost.finish(status=Export.Status.FAILED)
    monkeypatch.setattr("conversations.exports.run.claim", lambda kind, _: ghost)
    assert not run_export(made.pk)
    made.refresh_from_db()
    assert (made.status, made.done) == ("completed", 0)


def test_an_export_that_is_deleted_while_it_is_written_leaves_no_file(
    user: User, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = request_export(user=user, form=JSON)
    monkeypatch.setattr("conversations.exports.run._write", lambda *_: Export.objects.all().delete())
    assert not run_export(made.pk)
    DiscardedFile.objects.update(due_at=timezone.now())
    assert remove_discarded_files(seconds=10) == 1


def test_a_deleted_export_takes_its_file_along(user: User, api: APIClient) -> None:
    made = export(user)
    name = str(made.file)
    assert default_storage.exists(name)
    assert api.delete(f"{LIST}{made.pk}/").status_code == 204
    assert remove_discarded_files(seconds=10) == 1
    assert not default_storage.exists(name)


def test_the_sweep_takes_up_gives_up_and_clears_away(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    enqueued: list[str] = []
    monkeypatch.setattr(upkeep, "enqueue_on_commit", lambda name, pk: enqueued.append(pk))
    lost = request_export(user=user, form=JSON)
    old = export(user, MARKDOWN)
    assert tasks.sweep() == 0
    Export.objects.filter(pk=lost.pk).update(created_at=timezone.now() - upkeep.PATIENCE)
    assert tasks.sweep() == 1
    assert enqueued == [str(lost.pk)]
    for _ in range(runs.ATTEMPTS):
        assert runs.claim(Export, lost.pk) is not None
        assert tasks.sweep() == 0
        silence(lost)
    assert runs.claim(Export, lost.pk) is None
    tasks.sweep()
    lost.refresh_from_db()
    assert (lost.status, lost.error) == ("failed", upkeep.LOST)

    Export.objects.filter(pk=old.pk).update(finished_at=timezone.now() - services.KEPT)
    User.objects.update(legal_hold=True)
    assert tasks.sweep() == 0
    User.objects.update(legal_hold=False)
    assert tasks.sweep() == 1
    assert not Export.objects.filter(pk=old.pk).exists()


def test_a_process_that_is_busy_leaves_places_for_others(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    later: list[tuple[str, str, float]] = []
    monkeypatch.setattr(tasks, "enqueue_on_commit", lambda name, pk, countdown: later.append((name, pk, countdown)))
    made = request_export(user=user, form=JSON)
    with tasks._places, tasks._places:
        assert not tasks.export(str(made.pk))
    assert later == [("conversations.run_export", str(made.pk), tasks.BUSY_SECONDS)]
    assert tasks.export(str(made.pk))


def test_a_legal_hold_keeps_exports_too(user: User, api: APIClient) -> None:
    made = export(user)
    User.objects.update(legal_hold=True)
    assert_error(api.delete(f"{LIST}{made.pk}/"), 403, "forbidden")
    assert Export.objects.filter(pk=made.pk).exists()


def test_staff_see_exports_without_their_files(user: User, staff_client: Client) -> None:
    made = export(user)
    page = staff_client.get(f"/admin/conversations/export/{made.pk}/change/").content.decode()
    assert "completed" in page
    assert str(made.file) not in page
