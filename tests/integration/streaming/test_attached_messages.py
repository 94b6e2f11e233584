"""Messages that bring files: who may send what, what is kept of it, and that it is screened."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from chatbot.accounts.models import User
from chatbot.lib.errors import ContentPolicy, IdempotencyConflict, InvalidInput, NotFound
from conversations.attachments.services import delete_attachment
from conversations.models import Attachment, Conversation, Message
from moderation.models import Action, Policy, Rule, Verdict
from moderation.services import MOST_KEPT
from streaming.events import Accepted
from streaming.models import Generation, LanguageModel
from streaming.services import Edit, NewMessage, Regeneration, edit_message, regenerate_answer, submit_message
from streaming.titles import title_material
from tests.factories import make_attachment, make_conversation, make_model, make_provider

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def model(db: None) -> LanguageModel:
    return make_model(make_provider(), slug="fake-1", is_default=True)


def send(user: User, *attachments: Attachment | UUID, content: str = "Look", **fields: Any) -> Accepted:
    ids = tuple(one.pk if isinstance(one, Attachment) else one for one in attachments)
    new = NewMessage(**{"client_message_id": uuid4(), "content": content, "attachments": ids, **fields})
    return submit_message(user=user, new=new)


def end() -> None:
    Generation.objects.update(status=Generation.Status.COMPLETED)


def remembered(accepted: Accepted) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = accepted.user_message["metadata"]["attachments"]
    assert Message.objects.get(pk=accepted.user_message["id"]).metadata["attachments"] == shown
    return shown


def rule(action: Action) -> None:
    Rule.objects.create(policy=Policy.objects.create(name="Test"), value="forbidden word", action=action)


def test_a_message_remembers_its_files_in_the_given_order(user: User) -> None:
    text = make_attachment(user, "abc", name="b.txt")
    image = make_attachment(user, kind="image", name="a.png", media_type="image/png", width=60, height=40)
    accepted = send(user, text, image)
    assert remembered(accepted) == [
        {
            "id": str(text.pk),
            "name": "b.txt",
            "kind": "text",
            "media_type": "text/plain",
            "size": 3,
            "width": None,
            "height": None,
        },
        {
            "id": str(image.pk),
            "name": "a.png",
            "kind": "image",
            "media_type": "image/png",
            "size": 0,
            "width": 60,
            "height": 40,
        },
    ]
    conversation = Conversation.objects.get()
    assert set(Attachment.objects.values_list("conversation", flat=True)) == {conversation.pk}
    assert Message.objects.get(role="assistant").metadata == {}


def test_files_may_come_without_words(user: User) -> None:
    accepted = send(user, make_attachment(user, name="plan.md"), content="")
    assert accepted.user_message["content"] == ""
    assert Conversation.objects.get().title == "plan.md"
    material = title_material(UUID(accepted.conversation_id))
    assert material is not None
    assert "plan.md" in material.excerpt


@pytest.mark.parametrize("content", ["", " \n"])
def test_neither_words_nor_files_are_no_message(user: User, content: str) -> None:
    with pytest.raises(InvalidInput):
        send(user, content=content)


def test_what_is_not_there_or_somebody_elses_is_not_found(user: User, other_user: User) -> None:
    mine, theirs, none = make_attachment(user), make_attachment(other_user), uuid4()
    with pytest.raises(NotFound) as refused:
        send(user, mine, theirs.pk, none)
    assert refused.value.details == {"attachments": [str(theirs.pk), str(none)]}
    assert not Conversation.objects.exists()
    assert not Attachment.objects.exclude(conversation=None).exists()


def test_a_file_belongs_to_one_conversation(user: User) -> None:
    attachment = make_attachment(user)
    first = send(user, attachment)
    end()
    with pytest.raises(InvalidInput, match="another conversation") as refused:
        send(user, attachment)
    assert refused.value.details == {"attachments": [str(attachment.pk)]}
    again = send(user, attachment, conversation_id=UUID(first.conversation_id))
    assert remembered(again) == remembered(first)


@pytest.mark.parametrize("count", [11, 100])
def test_a_message_has_ten_files_at_most(user: User, count: int) -> None:
    with pytest.raises(InvalidInput, match="10 attachments"):
        send(user, *[uuid4() for _ in range(count)])


def test_a_file_named_twice_is_refused(user: User) -> None:
    attachment = make_attachment(user)
    with pytest.raises(InvalidInput, match="twice"):
        send(user, attachment, attachment)


def test_the_same_message_again_is_the_same_and_with_other_files_it_is_another(user: User) -> None:
    one, two, known = make_attachment(user), make_attachment(user), uuid4()
    first = send(user, one, client_message_id=known)
    again = send(user, one, client_message_id=known)
    assert again.duplicate
    assert remembered(again) == remembered(first)
    with pytest.raises(IdempotencyConflict):
        send(user, two, client_message_id=known)


def test_files_cost_two_statements_and_no_files_none(user: User) -> None:
    files = [make_attachment(user) for _ in range(10)]
    send(user)  # from here on the rules are known
    end()
    with CaptureQueriesContext(connection) as without:
        send(user)
    end()
    with CaptureQueriesContext(connection) as with_ten:
        send(user, *files)
    assert not any("attachments" in query["sql"] for query in without)
    assert len(with_ten) == len(without) + 2


@pytest.mark.parametrize("where", ["text", "name"])
def test_a_file_with_forbidden_words_is_blocked_like_a_message(user: User, where: str) -> None:
    rule(Action.BLOCK)
    attachment = make_attachment(user, **{"text": "fine", where: "a forbidden word"})
    with pytest.raises(ContentPolicy):
        send(user, attachment)
    assert not Message.objects.exists()
    assert "forbidden word" in Verdict.objects.get().content


def test_a_flagged_file_goes_on_with_its_verdict(user: User) -> None:
    rule(Action.FLAG)
    accepted = send(user, make_attachment(user, "x" * 200_000 + " a forbidden word"), make_attachment(user, "fine"))
    verdict = Verdict.objects.get()
    assert str(verdict.message_id) == accepted.user_message["id"]
    assert "forbidden word" in verdict.findings[0]["excerpt"]
    assert len(verdict.content) == MOST_KEPT


def test_an_edit_keeps_the_files_unless_it_names_others(user: User) -> None:
    old, new = make_attachment(user, name="old.txt"), make_attachment(user, name="new.txt")
    first = send(user, old)
    end()

    def edit(**fields: Any) -> Accepted:
        wanted = {"client_message_id": uuid4(), "message_id": UUID(first.user_message["id"]), "content": "", **fields}
        accepted = edit_message(user=user, edit=Edit(**wanted))
        end()
        return accepted

    assert [one["name"] for one in remembered(edit())] == ["old.txt"]
    assert [one["name"] for one in remembered(edit(attachments=(new.pk,)))] == ["new.txt"]
    assert edit(content="No file", attachments=()).user_message["metadata"] == {}
    with pytest.raises(InvalidInput, match="empty"):
        edit(attachments=())
    with pytest.raises(InvalidInput):
        edit(content="half \ud800")


def test_an_edit_leaves_out_what_was_deleted(user: User) -> None:
    kept, gone = make_attachment(user), make_attachment(user)
    first = send(user, kept, gone)
    end()
    delete_attachment(user=user, attachment_id=gone.pk)
    request = Edit(client_message_id=uuid4(), message_id=UUID(first.user_message["id"]), content="Again")
    assert [one["id"] for one in remembered(edit_message(user=user, edit=request))] == [str(kept.pk)]


def test_rules_that_came_later_hold_for_files_when_an_answer_is_made_again(user: User) -> None:
    first = send(user, make_attachment(user, "a forbidden word"))
    end()
    rule(Action.BLOCK)
    request = Regeneration(client_message_id=uuid4(), message_id=UUID(first.assistant_message["id"]))
    with pytest.raises(ContentPolicy):
        regenerate_answer(user=user, request=request)


def test_a_deleted_file_is_remembered_as_deleted(user: User) -> None:
    kept, gone = make_attachment(user), make_attachment(user)
    first = send(user, kept, gone)
    end()
    version = Conversation.objects.get().window_version
    other = make_conversation(user, messages=2)
    delete_attachment(user=user, attachment_id=gone.pk)
    message = Message.objects.get(pk=first.user_message["id"])
    assert [one.get("deleted", False) for one in message.metadata["attachments"]] == [False, True]
    assert Conversation.objects.get(pk=first.conversation_id).window_version == version + 1
    assert Conversation.objects.get(pk=other.pk).window_version == 0


def test_the_rest_doors_take_files(user: User, api: APIClient) -> None:
    attachment = make_attachment(user)
    body = {"client_message_id": str(uuid4()), "content": "", "attachments": [str(attachment.pk)]}
    conversation = make_conversation(user)
    url = f"/api/v1/conversations/{conversation.pk}/messages/"
    response = api.post(url, body, format="json")
    assert response.status_code == 202
    assert response.json()["user_message"]["metadata"]["attachments"][0]["id"] == str(attachment.pk)
    assert api.get(f"/api/v1/attachments/{attachment.pk}/").json()["conversation_id"] == str(conversation.pk)
    refused = api.post(url, {**body, "client_message_id": str(uuid4()), "attachments": ["x"]}, format="json")
    assert refused.json()["error"]["code"] == "invalid_input"
    end()
    refused = api.post(
        "/api/v1/chat/batch/",
        {"messages": [{**body, "client_message_id": str(uuid4()), "attachments": [str(uuid4())]}]},
        format="json",
    )
    assert refused.json()["results"][0]["error"]["code"] == "not_found"
