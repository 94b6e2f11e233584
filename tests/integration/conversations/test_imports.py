"""Imports: what comes in, and how it comes about."""

import json
import struct
import zipfile
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient

from chatbot.accounts.models import User
from chatbot.lib.errors import GenerationActive
from conversations import tasks
from conversations.attachments.files import remove_discarded_files
from conversations.imports import limits, run, services, sources, zips
from conversations.imports.drafts import CHARACTERS
from conversations.imports.run import run_import
from conversations.imports.store import store_draft
from conversations.models import Conversation, Import, Message
from conversations.selectors import branch_of, messages_in
from conversations.transfers import runs
from moderation.models import AuditEntry
from tests.integration.conversations.test_api import assert_error
from tests.unit.conversations.test_chatgpt import START, node

LIST = "/api/v1/imports/"


def chat(name: str = "c-1", *nodes: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A conversation of ChatGPT."""
    found = nodes or (
        node("root", None),
        node("q", "root", "user", f"Question of {name}", time=START),
        node("a", "q", "assistant", "Answer", time=START + 5, model_slug="gpt-4o"),
    )
    mapping = {one["id"]: one for one in found}
    return {"title": f"Title of {name}", "id": name, "mapping": mapping, "current_node": found[-1]["id"], **fields}


def packed(**files: Any) -> bytes:
    """A zip; `_in_` in a name stands for a slash, and the extension is added."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            archive.writestr(name.replace("_in_", "/") + ".json", body)
    return out.getvalue()


def upload(api: APIClient, content: Any, name: str = "conversations.json") -> Any:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return api.post(LIST, {"file": SimpleUploadedFile(name, body)}, format="multipart")


def taken(api: APIClient, content: Any) -> dict[str, Any]:
    """The import of a file, ended."""
    response = upload(api, content)
    assert response.status_code == 202, response.content
    assert tasks.import_file(response.json()["id"])
    body: dict[str, Any] = api.get(f"{LIST}{response.json()['id']}/").json()
    return body


def counts(body: dict[str, Any]) -> tuple[str, int, int, int, int]:
    return body["status"], body["done"], body["imported"], body["skipped"], len(body["problems"])


def test_the_door_queues_and_tells_how_far_it_is(
    api: APIClient, user: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    content = json.dumps([chat()]).encode()
    response = upload(api, content)
    assert response.status_code == 202
    body = response.json()
    assert body == {
        "id": body["id"],
        "status": "queued",
        "done": 0,
        "total": None,
        "imported": 0,
        "skipped": 0,
        "problems": [],
        "error": "",
        "size": len(content),
        "created_at": body["created_at"],
        "finished_at": None,
    }
    assert tasks.import_file(body["id"])
    with django_assert_num_queries(2):  # the user, the import
        body = api.get(f"{LIST}{body['id']}/").json()
    assert (counts(body), body["total"]) == (("completed", 1, 1, 0, 0), 1)
    assert api.get(LIST).json()["results"] == [body]
    actions = AuditEntry.objects.filter(target_id=body["id"]).values_list("action", flat=True)
    assert set(actions) == {"import.requested", "import.completed"}


def test_a_conversation_of_chatgpt_is_as_it_was(user: User, api: APIClient) -> None:
    taken(api, [chat(create_time=START, is_archived=True)])
    conversation = Conversation.objects.get()
    assert conversation.pk.bytes[0] == user.bucket
    assert (conversation.title, conversation.archived, conversation.source) == ("Title of c-1", True, "chatgpt:c-1")
    assert (conversation.message_count, conversation.last_sequence_number) == (2, 2)
    assert conversation.created_at == datetime.fromtimestamp(START, UTC)
    assert conversation.last_message_at == datetime.fromtimestamp(START + 5, UTC)
    question, answer = messages_in(conversation).order_by("sequence_number")
    assert (question.role, question.content, question.parent_id) == ("user", "Question of c-1", None)
    assert (answer.role, answer.parent_id, answer.metadata) == ("assistant", question.pk, {"model": "gpt-4o"})
    assert {question.pk.bytes[0], answer.pk.bytes[0]} == {user.bucket}
    assert [message.current for message in (question, answer)] == [True, True]
    shown = api.get(f"/api/v1/conversations/{conversation.pk}/messages/").json()["results"]
    assert [message["content"] for message in shown] == ["Answer", "Question of c-1"]


def test_branches_can_be_switched_as_if_they_had_been_made_here(user: User, api: APIClient) -> None:
    nodes = [
        node("q", None, "user", "Q", time=START),
        node("a1", "q", "assistant", "One", time=START + 1),
        node("q2", "a1", "user", "More", time=START + 2),
        node("a2", "q", "assistant", "Two", time=START + 3),
    ]
    taken(api, [chat("c", *nodes, current_node="q2")])
    conversation = Conversation.objects.get()
    assert [m.content for m in branch_of(conversation).order_by("sequence_number")] == ["Q", "One", "More"]
    other = messages_in(conversation).get(content="Two")
    assert api.get(f"/api/v1/messages/{other.pk}/").json()["position"] == 2
    assert api.post(f"/api/v1/messages/{other.pk}/select/").status_code == 200
    assert [m.content for m in branch_of(conversation).order_by("sequence_number")] == ["Q", "Two"]


@pytest.mark.parametrize(
    "content",
    [
        packed(conversations=[chat("a"), chat("b")]),
        packed(conversations=[chat("a")], chat=[1], user={"id": 5}, **{"conversations-000": [chat("b")]}),
        packed(**{"export_in_conversations-000": [chat("a")], "export_in_conversations-001": [chat("b")]}),
        packed(conversations=[chat("a"), chat("b")], **{"__MACOSX_in_conversations": b"junk"}),
        packed(conversations_in_a=chat("a"), conversations_in_b=chat("b"), manifest={"format": "x"}),
    ],
)
def test_every_shape_of_a_zip_is_taken(api: APIClient, content: bytes) -> None:
    assert counts(taken(api, content)) == ("completed", 2, 2, 0, 0)


def test_one_conversation_by_itself_is_taken(api: APIClient) -> None:
    assert counts(taken(api, b"\xef\xbb\xbf " + json.dumps(chat()).encode())) == ("completed", 1, 1, 0, 0)


def test_the_same_again_adds_nothing(api: APIClient) -> None:
    first = taken(api, [chat("a"), chat("b")])
    again = taken(api, [chat("b"), chat("c"), chat("a")])
    assert counts(first) == ("completed", 2, 2, 0, 0)
    assert counts(again) == ("completed", 3, 1, 2, 0)
    assert Conversation.objects.count() == 3


def test_two_users_can_bring_the_same(api: APIClient, other_api: APIClient) -> None:
    for client in (api, other_api):
        assert counts(taken(client, [chat()])) == ("completed", 1, 1, 0, 0)


def test_a_bad_conversation_harms_no_other(api: APIClient) -> None:
    good = [json.dumps(chat(name)) for name in "abc"]
    odd = ['{"title": "Odd"}', "5", '"x"', '{"mapping": 5, "title": "Tree"}', '{"x": tru}']
    content = f"[{', '.join([good[0], *odd, *good[1:]])}]"
    body = taken(api, content.encode())
    assert counts(body) == ("completed", 6, 3, 0, 3)
    assert [problem["conversation"] for problem in body["problems"]] == ["Odd", "Tree", "4"]
    assert Conversation.objects.count() == 3


def test_what_came_before_the_end_of_a_cut_file_is_kept(api: APIClient) -> None:
    content = json.dumps([chat("a"), chat("b")]).encode()
    body = taken(api, content[:-30])
    assert counts(body) == ("completed", 2, 1, 0, 1)
    assert body["problems"][0]["message"] == sources.CUT_SHORT


def test_characters_that_cannot_be_stored_are_replaced_and_told(api: APIClient) -> None:
    nul, half = chat("nul"), chat("half")
    nul["mapping"]["q"]["message"]["content"]["parts"] = ["a\x00b"]
    half["mapping"]["q"]["message"]["content"]["parts"] = ["a\ud83db", "ok 😀"]
    content = json.dumps([nul, half, chat("fine")]).encode().replace(b"Title of fine", b"Title \xff")
    body = taken(api, content)
    assert counts(body) == ("completed", 3, 3, 0, 3)
    assert {problem["message"] for problem in body["problems"]} == {CHARACTERS}
    texts = set(Message.objects.filter(role="user").values_list("content", flat=True))
    assert texts == {"a\ufffdb", "a\ufffdb\n\nok 😀", "Question of fine"}
    assert Conversation.objects.filter(title="Title \ufffd").exists()


def test_broken_utf_8_within_a_message_is_replaced_and_told(api: APIClient) -> None:
    content = json.dumps([chat("one"), chat("two")]).encode().replace(b"Question of one", b"Question \xff")
    body = taken(api, content)
    assert counts(body) == ("completed", 2, 2, 0, 1)
    assert body["problems"][0]["message"] == CHARACTERS
    assert Message.objects.filter(content="Question \ufffd").exists()


def test_naughty_titles_and_names_do_no_harm(api: APIClient) -> None:
    names = ["'; DROP TABLE messages;--", "\\N\t\\.", "<b>x</b>", "x" * 500, "\u202e", "%s{}{0}"]
    rows = [chat(f"c{number}", title=name) for number, name in enumerate(names)]
    rows[1]["mapping"]["q"]["message"]["content"]["parts"] = ["\\N\t\\.\n\\\\"]
    assert counts(taken(api, rows)) == ("completed", 6, 6, 0, 0)
    assert Message.objects.filter(content="\\N\t\\.\n\\\\").exists()
    assert Conversation.objects.filter(title="x" * 200).exists()


@pytest.mark.parametrize(
    "content", [b"", b"  ", b"hello", b"PK", b"PK\x03\x04" + b"\x00" * 100, b"GIF89a", b"\xff\xfe"]
)
def test_what_is_no_export_fails_with_a_reason(api: APIClient, content: bytes) -> None:
    response = upload(api, content)
    assert response.status_code == 202
    tasks.import_file(response.json()["id"])
    body = api.get(LIST).json()["results"][0]
    assert body["status"] == "failed"
    assert body["error"] in {sources.NO_EXPORT, zips.UNREADABLE}


@pytest.mark.parametrize("content", [b"[]", b"[1, 2]", packed(conversations=[])])
def test_an_export_without_conversations_fails_with_a_reason(api: APIClient, content: bytes) -> None:
    body = taken(api, content)
    assert (body["status"], body["error"]) == ("failed", run.NOTHING)


def test_deep_nesting_is_refused(api: APIClient) -> None:
    body = taken(api, b"[" * 100_000)
    assert (body["status"], body["problems"][0]["message"]) == ("completed", sources.TOO_DEEP)
    deep = json.dumps(chat()).encode()[:-1] + b', "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    assert counts(taken(api, deep))[2:4] in {(0, 0), (1, 0)}


class TestHostileZips:
    def test_a_bomb_is_unpacked_no_further_than_the_limit(
        self, api: APIClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(limits, "UNPACKED_BYTES", 1_000_000)
        body = taken(api, packed(conversations=b"[" + b" " * 50_000_000 + b"]"))
        assert body["problems"][0]["message"] == zips.TOO_LARGE

    def test_one_conversation_of_it_is_no_larger_than_it_may_be(
        self, api: APIClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(limits, "CONVERSATION_BYTES", 100_000)
        large = chat("large", filler="x" * 200_000)
        body = taken(api, packed(conversations=[large, chat("small")], conversations_in_x=large))
        assert counts(body) == ("completed", 3, 1, 0, 2)

    def test_a_list_of_contents_that_is_too_long_is_not_read(
        self, api: APIClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(limits, "DIRECTORY_BYTES", 10_000)
        content = packed(**{f"file-{number}": b"" for number in range(300)}, conversations=[chat()])
        body = taken(api, content)
        assert (body["status"], body["error"]) == ("failed", zips.TOO_LARGE)

    def test_an_encrypted_or_broken_entry_is_a_problem_and_no_crash(self, api: APIClient) -> None:
        content = bytearray(packed(conversations_in_a=chat("a"), conversations_in_b=chat("b")))
        place = content.index(b"PK\x01\x02")
        flags = place + 8
        content[flags : flags + 2] = struct.pack("<H", 1)
        assert counts(taken(api, bytes(content))) == ("completed", 2, 1, 0, 1)
        broken = bytearray(packed(conversations_in_c=chat("c"), conversations_in_d=chat("d")))
        broken[60:70] = b"\xff" * 10
        assert counts(taken(api, bytes(broken))) == ("completed", 2, 1, 0, 1)

    def test_names_that_lead_elsewhere_are_only_names(self, api: APIClient) -> None:
        body = taken(api, packed(**{".._in_.._in_etc_in_conversations": [chat()], "_in_conversations_in_x": chat("x")}))
        assert counts(body) == ("completed", 2, 2, 0, 0)


def test_only_so_many_problems_are_kept(api: APIClient) -> None:
    body = taken(api, [{"title": str(number)} for number in range(150)])
    assert (body["done"], len(body["problems"])) == (150, 100)


def test_only_so_many_conversations_are_taken(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CONVERSATIONS", 2)
    body = taken(api, [chat(name) for name in "abc"])
    assert (counts(body), body["total"]) == (("completed", 2, 2, 0, 1), 2)
    assert body["problems"][0]["message"] == run.TOO_MANY


def silence(import_id: UUID | str) -> None:
    """Lets the worker of an import be dead."""
    Import.objects.filter(pk=import_id).update(alive_at=timezone.now() - runs.SILENCE - timedelta(seconds=1))


def test_one_that_was_interrupted_goes_on_and_counts_as_one(
    user: User, api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id = upload(api, [chat("a"), {"title": "Odd"}, chat("b"), chat("c")]).json()["id"]

    def die_at_the_last(**values: Any) -> bool:
        if values["draft"].source == "chatgpt:c":
            raise KeyboardInterrupt
        return store_draft(**values)

    monkeypatch.setattr("conversations.imports.run.store_draft", die_at_the_last)
    monkeypatch.setattr(runs, "BEAT_SECONDS", 0)
    with pytest.raises(KeyboardInterrupt):
        run_import(UUID(import_id))
    monkeypatch.undo()
    body = api.get(f"{LIST}{import_id}/").json()
    assert counts(body) == ("running", 3, 2, 0, 1)
    assert not run_import(UUID(import_id))
    silence(import_id)
    assert run_import(UUID(import_id))
    assert counts(api.get(f"{LIST}{import_id}/").json()) == ("completed", 4, 3, 0, 1)
    assert Conversation.objects.count() == 3


def test_a_conversation_is_stored_whole_or_not_at_all(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise GenerationActive

    monkeypatch.setattr("conversations.imports.store._store_feedback", fail)
    with pytest.raises(GenerationActive):
        tasks.import_file(upload(api, [chat()]).json()["id"])
    assert not Conversation.objects.exists()
    assert not Message.objects.exists()


def test_a_ghost_stops_at_once(api: APIClient) -> None:
    import_id = UUID(upload(api, [chat()]).json()["id"])
    ghost = runs.claim(Import, import_id)
    assert ghost is not None
    silence(import_id)
    assert run_import(import_id)
    with pytest.raises(runs.Fenced):
        ghost.note(done=7)
    assert Import.objects.get().done == 1


def test_the_file_is_removed_when_it_was_taken_in(api: APIClient) -> None:
    upload_id = upload(api, [chat()]).json()["id"]
    name = str(Import.objects.get().file)
    assert default_storage.exists(name)
    tasks.import_file(upload_id)
    assert remove_discarded_files(seconds=10) == 1
    assert not default_storage.exists(name)
    assert str(Import.objects.get().file) == ""


def test_a_file_that_the_storage_lost_is_told(api: APIClient) -> None:
    upload_id = upload(api, [chat()]).json()["id"]
    default_storage.delete(str(Import.objects.get().file))
    tasks.import_file(upload_id)
    body = api.get(f"{LIST}{upload_id}/").json()
    assert (body["status"], body["error"]) == ("failed", run.LOST_FILE)


def test_the_same_file_is_the_same_import_until_it_has_ended(api: APIClient) -> None:
    first = upload(api, [chat()]).json()
    assert upload(api, [chat()]).json() == first
    tasks.import_file(first["id"])
    assert upload(api, [chat()]).json()["id"] != first["id"]


def test_only_so_many_wait_at_a_time(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST", 1)
    upload(api, [chat("a")])
    assert_error(upload(api, [chat("b")]), 429, "quota_exceeded")


def test_a_file_that_is_too_large_is_refused_before_it_is_read(api: APIClient, settings: Settings) -> None:
    settings.MAX_IMPORT_BYTES = 1_000
    assert_error(upload(api, b"[" + b" " * 200_000 + b"]"), 400, "invalid_input")
    assert_error(upload(api, b"[" + b" " * 1_000 + b"]"), 400, "invalid_input")
    assert not Import.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"file": "text"},
        {"other": SimpleUploadedFile("a.json", b"[]")},
        {"file": SimpleUploadedFile("a.json", b"[]"), "more": SimpleUploadedFile("b.json", b"[]")},
    ],
)
def test_a_form_without_one_file_is_refused(api: APIClient, fields: dict[str, Any]) -> None:
    assert_error(api.post(LIST, fields, format="multipart"), 400, "invalid_input")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"[]", "application/json"),
        (b"x", "application/zip"),
        (b"x", "multipart/form-data; boundary=b"),
        (b"", "text/plain"),
    ],
)
def test_a_body_that_is_no_form_is_refused(api: APIClient, body: bytes, kind: str) -> None:
    response = api.post(LIST, body, content_type=kind)
    assert response.status_code in {400, 415}
    assert_error(response, response.status_code, "invalid_input")


def test_what_belongs_to_others_is_not_there(api: APIClient, other_api: APIClient) -> None:
    mine = upload(api, [chat()]).json()
    assert_error(other_api.get(f"{LIST}{mine['id']}/"), 404, "not_found")
    assert_error(other_api.get(f"{LIST}{uuid4()}/"), 404, "not_found")
    assert other_api.get(LIST).json()["results"] == []


def test_staff_see_imports_without_their_files(api: APIClient, staff_client: Client) -> None:
    upload(api, [chat()])
    made = Import.objects.get()
    page = staff_client.get(f"/admin/conversations/import/{made.pk}/change/").content.decode()
    assert made.sha256 in page
    assert str(made.file) not in page
