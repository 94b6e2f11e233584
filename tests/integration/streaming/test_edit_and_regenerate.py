"""edit_message and regenerate_answer, by themselves and through the doors."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client

from chatbot.accounts.models import User
from chatbot.accounts.services import create_access_key
from chatbot.dev.fakellm import FakeLLM
from chatbot.lib.db import in_db
from chatbot.lib.errors import AppError, ContentPolicy, GenerationActive, IdempotencyConflict, InvalidInput, NotFound
from conversations.models import Conversation, Message
from conversations.selectors import branch_of
from moderation.models import Action, Policy, Rule
from streaming.engine.worker import Engine
from streaming.events import Accepted
from streaming.models import Generation, LanguageModel
from streaming.services import (
    Edit,
    NewMessage,
    Regeneration,
    edit_message,
    regenerate_answer,
    retry_generation,
    submit_message,
)
from tests.factories import make_model, make_provider
from tests.integration.streaming.conftest import Follow, Send

JSON = "application/json"


@pytest.fixture
def offline_model(db: None) -> LanguageModel:
    return make_model(make_provider("http://127.0.0.1:9/v1"), slug="fake-1", is_default=True)


def say(user: User, content: str, after: Accepted | None = None) -> Accepted:
    """A turn that has ended."""
    conversation_id = UUID(after.conversation_id) if after else None
    new = NewMessage(client_message_id=uuid4(), content=content, conversation_id=conversation_id)
    return ended(submit_message(user=user, new=new))


def ended(accepted: Accepted, status: str = "completed") -> Accepted:
    answer_id = accepted.assistant_message["id"]
    Generation.objects.filter(message_id=answer_id).update(status=status)
    Message.objects.filter(pk=answer_id).update(status=status, content="An answer.")
    return accepted


def edit_of(accepted: Accepted, content: str = "Reworded", **fields: Any) -> Edit:
    values = {"client_message_id": uuid4(), "message_id": UUID(accepted.user_message["id"]), "content": content}
    return Edit(**{**values, **fields})


def regeneration_of(accepted: Accepted, **fields: Any) -> Regeneration:
    values = {"client_message_id": uuid4(), "message_id": UUID(accepted.assistant_message["id"])}
    return Regeneration(**{**values, **fields})


def shown(accepted: Accepted) -> list[str]:
    """The numbers of the branch that is shown, with who speaks."""
    conversation = Conversation.objects.get(pk=accepted.conversation_id)
    return [f"{m.sequence_number} {m.role}" for m in branch_of(conversation).order_by("sequence_number")]


def test_an_edit_makes_a_sibling_with_its_own_answer(user: User, offline_model: LanguageModel) -> None:
    first = say(user, "One")
    second = say(user, "Two", first)
    say(user, "Three", second)

    edited = edit_message(user=user, edit=edit_of(second, "Two, reworded"))

    prompt, answer = edited.user_message, edited.assistant_message
    assert prompt["parent_id"] == first.assistant_message["id"]
    assert (prompt["siblings"], prompt["position"]) == ([second.user_message["id"], prompt["id"]], 2)
    assert (answer["parent_id"], answer["status"], answer["siblings"]) == (prompt["id"], "pending", [answer["id"]])
    assert shown(edited) == ["1 user", "2 assistant", "7 user", "8 assistant"]
    assert Message.objects.get(pk=second.user_message["id"]).content == "Two"


def test_the_first_message_can_be_edited(user: User, offline_model: LanguageModel) -> None:
    first = say(user, "One")
    edited = edit_message(user=user, edit=edit_of(first))
    assert edited.user_message["parent_id"] is None
    assert edited.user_message["siblings"] == [first.user_message["id"], edited.user_message["id"]]
    assert shown(edited) == ["3 user", "4 assistant"]


def test_a_further_answer_stands_beside_the_earlier_one(user: User, offline_model: LanguageModel) -> None:
    other = make_model(offline_model.provider, slug="other")
    first = say(user, "One")
    say(user, "Two", first)
    again = regenerate_answer(user=user, request=regeneration_of(first, model="other"))
    assert again.user_message["id"] == first.user_message["id"]
    earlier, later = first.assistant_message["id"], again.assistant_message["id"]
    assert (again.assistant_message["siblings"], again.assistant_message["position"]) == ([earlier, later], 2)
    assert shown(again) == ["1 user", "5 assistant"]
    assert Generation.objects.get(message_id=later).language_model == other


def test_what_is_said_next_follows_the_branch_that_is_shown(user: User, offline_model: LanguageModel) -> None:
    first = say(user, "One")
    again = ended(regenerate_answer(user=user, request=regeneration_of(first)))
    following = say(user, "Two", again)
    assert following.user_message["parent_id"] == again.assistant_message["id"]


def test_a_message_after_an_older_one_begins_a_branch(user: User, offline_model: LanguageModel) -> None:
    first = say(user, "One")
    say(user, "Two", first)
    new = NewMessage(
        client_message_id=uuid4(),
        content="Another second",
        conversation_id=UUID(first.conversation_id),
        parent_id=UUID(first.assistant_message["id"]),
    )
    branched = submit_message(user=user, new=new)
    assert branched.user_message["position"] == 2
    assert shown(branched) == ["1 user", "2 assistant", "5 user", "6 assistant"]


def test_a_repetition_gives_the_same_objects(user: User, offline_model: LanguageModel) -> None:
    first = say(user, "One")
    edit = edit_of(first)
    edited = edit_message(user=user, edit=edit)
    repeated = edit_message(user=user, edit=edit)
    assert repeated.duplicate
    assert (repeated.user_message, repeated.assistant_message) == (edited.user_message, edited.assistant_message)
    ended(edited)
    request = regeneration_of(first)
    again = regenerate_answer(user=user, request=request)
    assert regenerate_answer(user=user, request=request).assistant_message == again.assistant_message


def test_an_id_stands_for_one_request_of_one_kind(user: User, offline_model: LanguageModel) -> None:
    first = say(user, "One")
    edit = edit_of(first)
    edit_message(user=user, edit=edit)
    with pytest.raises(IdempotencyConflict):
        edit_message(user=user, edit=edit_of(first, "Something else", client_message_id=edit.client_message_id))
    with pytest.raises(IdempotencyConflict):
        regenerate_answer(user=user, request=regeneration_of(first, client_message_id=edit.client_message_id))
    with pytest.raises(IdempotencyConflict):
        new = NewMessage(client_message_id=edit.client_message_id, content=edit.content)
        submit_message(user=user, new=new)


def test_while_an_answer_is_written_there_is_no_other(user: User, offline_model: LanguageModel) -> None:
    accepted = submit_message(user=user, new=NewMessage(client_message_id=uuid4(), content="One"))
    with pytest.raises(GenerationActive):
        edit_message(user=user, edit=edit_of(accepted))
    with pytest.raises(GenerationActive):
        regenerate_answer(user=user, request=regeneration_of(accepted))
    assert Message.objects.count() == 2


def test_only_ones_own_words_are_edited_and_only_answers_made_again(user: User, offline_model: LanguageModel) -> None:
    first = say(user, "One")
    with pytest.raises(InvalidInput):
        edit_message(user=user, edit=edit_of(first, message_id=UUID(first.assistant_message["id"])))
    with pytest.raises(InvalidInput):
        regenerate_answer(user=user, request=regeneration_of(first, message_id=UUID(first.user_message["id"])))


def test_foreign_messages_are_not_there(user: User, other_user: User, offline_model: LanguageModel) -> None:
    foreign = say(other_user, "One")
    with pytest.raises(NotFound):
        edit_message(user=user, edit=edit_of(foreign))
    with pytest.raises(NotFound):
        regenerate_answer(user=user, request=regeneration_of(foreign))


def test_rules_apply_to_another_wording_and_anew_to_the_old_one(user: User, offline_model: LanguageModel) -> None:
    first = say(user, "One forbidden thing")
    policy = Policy.objects.create(name="Strict")
    Rule.objects.create(policy=policy, kind=Rule.Kind.WORDS, value="forbidden", action=Action.BLOCK)
    with pytest.raises(ContentPolicy):
        edit_message(user=user, edit=edit_of(first, "Two forbidden things"))
    with pytest.raises(ContentPolicy):
        regenerate_answer(user=user, request=regeneration_of(first))


def test_a_failed_answer_of_another_branch_can_be_tried_again_and_is_shown(
    user: User, offline_model: LanguageModel
) -> None:
    first = ended(say(user, "One"), "failed")
    ended(edit_message(user=user, edit=edit_of(first)))
    retry_generation(user=user, message_id=UUID(first.assistant_message["id"]))
    assert shown(first) == ["1 user", "2 assistant"]


@pytest.mark.django_db(transaction=True)
def test_a_hundred_wishes_at_once_under_one_id_make_one_answer(user: User, offline_model: LanguageModel) -> None:
    user.tier.messages_per_minute = 1_000
    user.tier.save()
    first = say(user, "One")
    request = regeneration_of(first)

    def wish(_: int) -> Accepted | AppError:
        try:
            return regenerate_answer(user=user, request=request)
        except AppError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        outcomes = list(pool.map(wish, range(100)))
    assert all(isinstance(outcome, Accepted) for outcome in outcomes), outcomes
    accepted = [outcome for outcome in outcomes if isinstance(outcome, Accepted)]
    assert len({outcome.assistant_message["id"] for outcome in accepted}) == 1
    assert sum(not outcome.duplicate for outcome in accepted) == 1
    assert Message.objects.count() == 3


async def test_the_model_reads_only_the_branch_it_answers(
    engine: Engine, llm: FakeLLM, user: User, send: Send, follow: Follow
) -> None:
    first = await send("First question")
    await follow(first)
    second = await send("Second question", conversation_id=first.conversation_id)
    await follow(second)
    edited = await in_db(edit_message, user=user, edit=edit_of(second, "Second question, reworded"))
    await follow(edited)
    said = [message["content"] for message in llm.requests[-1].messages if message["role"] == "user"]
    assert said == ["First question", "Second question, reworded"]


def test_the_doors_take_them(user: User, offline_model: LanguageModel, client: Client) -> None:
    _, secret = create_access_key(user=user, name="test")
    headers = {"Authorization": f"Bearer {secret}"}
    first = say(user, "One")
    path = f"/api/v1/messages/{first.assistant_message['id']}/regenerate/"
    response = client.post(path, {"client_message_id": str(uuid4())}, content_type=JSON, headers=headers)
    assert response.status_code == 202
    again = response.json()
    assert again["assistant_message"]["position"] == 2
    ended(Accepted(**{name: value for name, value in again.items() if name != "type"}))

    path = f"/api/v1/messages/{first.user_message['id']}/edit/"
    body = {"client_message_id": str(uuid4()), "content": "Reworded"}
    response = client.post(path, body, content_type=JSON, headers=headers)
    assert (response.status_code, response.json()["user_message"]["position"]) == (202, 2)
    assert client.post(path, {**body, "x": 1}, content_type=JSON, headers=headers).status_code == 400

    response = client.post(f"/api/v1/messages/{first.user_message['id']}/select/", headers=headers)
    assert (response.status_code, response.json()["id"]) == (200, first.conversation_id)
    messages = client.get(f"/api/v1/conversations/{first.conversation_id}/messages/", headers=headers).json()
    numbers = [(message["sequence_number"], message["position"]) for message in messages["results"]]
    assert numbers == [(3, 2), (1, 1)]
    assert json.dumps(messages["results"][0]["siblings"]) == json.dumps(again["assistant_message"]["siblings"])
