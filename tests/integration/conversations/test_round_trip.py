"""What was exported comes back as it was, in another account and in the same."""

import json
import zipfile
from io import BytesIO
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from rest_framework.test import APIClient

from chatbot.accounts.models import User
from conversations import tasks
from conversations.attachments.selectors import attachments_of
from conversations.attachments.services import claim_attachments
from conversations.exports.run import run_export
from conversations.exports.services import request_export
from conversations.feedback import give_feedback
from conversations.models import Attachment, Conversation, Export, Feedback, Message
from tests.factories import make_conversation, make_message
from tests.integration.conversations.test_imports import chat, counts, taken, upload
from tests.unit.conversations.test_chatgpt import START, node


def export_of(user: User, conversation: Conversation | None = None) -> bytes:
    """An export as its user saves it."""
    made = request_export(user=user, form=Export.Format.JSON, conversation_id=conversation.pk if conversation else None)
    run_export(made.pk)
    made.refresh_from_db()
    with default_storage.open(str(made.file)) as file:
        content: bytes = file.read()
    made.delete()
    return content


def take_in(api: APIClient, content: bytes) -> dict[str, Any]:
    """The import of a file, ended."""
    import_id = upload(api, content).json()["id"]
    assert tasks.import_file(import_id)
    body: dict[str, Any] = api.get(f"/api/v1/imports/{import_id}/").json()
    return body


def plain(archive: bytes) -> list[Any]:
    """What an archive says, with a number in place of each id, and the bytes of its files."""
    with zipfile.ZipFile(BytesIO(archive)) as opened:
        documents = [json.loads(opened.read(n)) for n in opened.namelist() if n.startswith("conversations/")]
        for document in documents:
            for entry in document["attachments"]:
                entry["bytes"] = opened.read(entry.pop("path"))
                del entry["created_at"]
    return sorted((_without_ids(document) for document in documents), key=lambda document: str(document["title"]))


def _without_ids(document: dict[str, Any]) -> dict[str, Any]:
    names = {message["id"]: number for number, message in enumerate(document["messages"])}
    files = {entry["id"]: entry["name"] for entry in document["attachments"]}
    for entry in document["attachments"]:
        del entry["id"]
    for message in document["messages"]:
        message["id"] = names[message["id"]]
        message["parent_id"] = names.get(message["parent_id"])
        for one in message["metadata"].get("attachments", []):
            one["id"] = files[one["id"]]
    document["attachments"].sort(key=lambda entry: entry["name"])
    return {**document, "id": None, "source": None}


def attach(api: APIClient, message: Message, name: str, content: bytes) -> None:
    """Uploads a file, and lets a message have brought it."""
    response = api.post("/api/v1/attachments/", {"file": SimpleUploadedFile(name, content)}, format="multipart")
    assert response.status_code == 201, response.content
    named = message.metadata.get("attachments", [])
    named += claim_attachments(conversation=message.conversation, ids=[Attachment.objects.latest("pk").pk])
    message.metadata["attachments"] = named
    message.save()


def picture() -> bytes:
    out = BytesIO()
    Image.linear_gradient("L").save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def account(user: User, api: APIClient) -> User:
    """An account with everything in it that comes to mind."""
    fields: dict[str, Any] = {"archived": True, "pinned": True, "folder": "Wörk", "metadata": {"topic": "tea"}}
    config = {"model": "big", "system_prompt": " Be kind.\n", "temperature": 0.5, "max_tokens": 100}
    first = make_conversation(user, title=" Tea & \u202ecoffee ", model_config=config, **fields)
    question = make_message(first, content="Ünïcode 😀 \u2028 <b>\\N\t")
    attach(api, question, "notes.txt", b"Some notes.")
    attach(api, question, "picture.png", picture())
    answers = [
        make_message(first, role=Message.Role.ASSISTANT, content=text, parent_id=question.pk, status=status)
        for text, status in [("One", "completed"), ("Tw", "stopped"), ("", "failed")]
    ]
    details = {"model": "big", "prompt_tokens": 7, "first_token_ms": None, "estimated": True, "attempts": 2}
    error = {"code": "provider_timeout", "message": "Late."}
    Message.objects.filter(pk=answers[0].pk).update(metadata=details, tokens=3)
    Message.objects.filter(pk=answers[2].pk).update(metadata={**details, "error": error})
    make_message(first, content="More", parent_id=answers[0].pk)
    Message.objects.filter(pk__in=[answer.pk for answer in answers[1:]]).update(current=False)
    give_feedback(
        user=user, message_id=answers[0].pk, rating=Feedback.Rating.DOWN, reason="style", comment="Too\nshort"
    )
    make_conversation(user, title="Plain", messages=5)
    taken(
        api, [chat("c-1", node("q", None, "user", "Hi", time=START), node("a", "q", "assistant", "Ho", time=START + 1))]
    )
    return user


def test_an_account_is_the_same_in_another(account: User, other_user: User, other_api: APIClient) -> None:
    exported = export_of(account)
    assert counts(take_in(other_api, exported)) == ("completed", 3, 3, 0, 0)
    assert plain(export_of(other_user)) == plain(exported)
    assert attachments_of(other_user).count() == 2
    sources = set(Conversation.objects.filter(user=other_user).values_list("source", flat=True))
    assert "chatgpt:c-1" in sources


def test_ones_own_export_adds_nothing_to_ones_account(account: User, api: APIClient, other_user: User) -> None:
    exported = export_of(account)
    assert counts(take_in(api, exported)) == ("completed", 3, 0, 3, 0)
    assert Conversation.objects.filter(user=account).count() == 3
    assert Attachment.objects.count() == 2


def test_what_went_to_another_account_and_back_is_known_again(
    account: User, api: APIClient, other_user: User, other_api: APIClient
) -> None:
    take_in(other_api, export_of(account))
    assert counts(take_in(api, export_of(other_user))) == ("completed", 3, 0, 3, 0)


def test_a_deleted_conversation_comes_back(account: User, api: APIClient) -> None:
    exported = export_of(account)
    conversation = Conversation.objects.get(title="Plain")
    assert api.delete(f"/api/v1/conversations/{conversation.pk}/").status_code == 204
    assert counts(take_in(api, exported)) == ("completed", 3, 1, 2, 0)
    assert plain(export_of(account)) == plain(exported)


def test_one_conversation_comes_back_and_says_that_its_files_did_not(
    account: User, other_user: User, other_api: APIClient
) -> None:
    conversation = Conversation.objects.get(folder="Wörk")
    body = take_in(other_api, export_of(account, conversation))
    assert counts(body) == ("completed", 1, 1, 0, 1)
    assert "files" in body["problems"][0]["message"]
    named = Message.objects.get(user=other_user, content__startswith="Ünïcode").metadata["attachments"]
    assert [(one["name"], one["kind"], one["deleted"]) for one in named] == [
        ("notes.txt", "text", True),
        ("picture.png", "image", True),
    ]
    assert not {one["id"] for one in named} & {str(pk) for pk in Attachment.objects.values_list("pk", flat=True)}


def test_files_that_do_not_fit_are_left_out_and_told(account: User, other_user: User, other_api: APIClient) -> None:
    exported = export_of(account)
    type(other_user.tier).objects.update(storage_bytes=20)
    body = take_in(other_api, exported)
    assert counts(body)[:4] == ("completed", 3, 3, 0)
    assert ["picture.png" in problem["message"] for problem in body["problems"]] == [True]
    assert [one.name for one in attachments_of(other_user)] == ["notes.txt"]


def test_an_export_cannot_name_the_files_of_others(account: User, other_user: User, other_api: APIClient) -> None:
    theirs = attachments_of(account).get(name="notes.txt")
    stolen = {"id": str(theirs.pk), "name": "x.txt", "kind": "text", "media_type": "text/plain", "size": 1}
    message = {"id": "m", "role": "user", "content": "Read it.", "metadata": {"attachments": [stolen]}}
    document = {
        "format": "chatbot-conversation",
        "version": 1,
        "id": "x",
        "messages": [message],
        "attachments": [stolen],
    }
    take_in(other_api, json.dumps(document).encode())
    stored = Message.objects.get(user=other_user)
    assert stored.metadata["attachments"][0]["id"] != str(theirs.pk)
    theirs.refresh_from_db()
    assert theirs.conversation is not None
    assert theirs.conversation.user == account
