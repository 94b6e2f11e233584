"""The forms behind the chat page: all that people do to messages, without JavaScript."""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from chatbot.accounts.models import User
from conversations.deletion import delete_conversation
from conversations.models import Attachment, Conversation, Message
from streaming.models import Generation, LanguageModel
from tests.factories import make_conversation, make_message, make_model, make_provider

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def language_model(db: None) -> LanguageModel:
    """A model that is never asked."""
    return make_model(make_provider(), slug="fake-1")


@pytest.fixture
def patient(user: User) -> User:
    """The user, who may send as often as the tests do."""
    user.tier.messages_per_minute = 2
    user.tier.concurrent_generations = 5
    user.tier.save()
    return user


def filled(html: str) -> dict[str, Any]:
    """What the composer of a page would send."""
    form = html.split(' id="composer" ')[1].split("</form>")[0]
    text = re.search(r"<textarea[^>]*>(.*?)</textarea>", form, re.DOTALL)
    assert text is not None
    chosen = re.search(r'<option value="([^"]*)"[^>]* selected', form)
    return {
        "client_message_id": re.findall(r'name="client_message_id" value="([^"]+)"', form)[0],
        "conversation_id": re.findall(r'name="conversation_id" value="([^"]*)"', form)[0],
        "content": text[1].removeprefix("\n"),
        "attachments": re.findall(r'name="attachments" value="([^"]+)" checked', form),
        **({"temporary": "on"} if re.search(r'name="temporary" value="on" checked', form) else {}),
        **({"model": chosen[1]} if chosen else {}),
    }


def text_file(name: str = "note.txt", content: bytes = b"Buy milk") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def sent() -> list[str]:
    return list(Message.objects.filter(role="user").order_by("created_at").values_list("content", flat=True))


def one() -> Conversation:
    return Conversation.objects.get()


def answered(user: User, status: str = "completed") -> tuple[Message, Message]:
    """A question and its answer, with what the services know of it."""
    conversation = make_conversation(user)
    question = make_message(conversation, content="Why?")
    answer = make_message(
        conversation, role=Message.Role.ASSISTANT, status=Message.Status(status), content="So", parent_id=question.pk
    )
    Generation.objects.create(
        id=uuid4(),
        user=user,
        conversation=conversation,
        prompt=question,
        message=answer,
        client_message_id=uuid4(),
        language_model=LanguageModel.objects.get(),
        status="queued" if status == "pending" else status,
    )
    return question, answer


def action(name: str, message: Message) -> str:
    return f"/c/{message.conversation_id}/{name}/{message.pk}/"


@contextmanager
def limited(user: User, settings: Settings) -> Iterator[None]:
    """While it lasts, the user may not send."""
    user.tier.messages_per_minute, before = 0, user.tier.messages_per_minute
    user.tier.save()
    yield
    user.tier.messages_per_minute = before
    user.tier.save()


class TestSending:
    """The composer."""

    def test_a_new_message_begins_a_conversation_and_shows_it(self, web: Client) -> None:
        response = web.post("/send/", {**filled(web.get("/").content.decode()), "content": "Hello\r\nworld"})
        assert response.status_code == 302
        assert response.headers["Location"] == f"/c/{one().pk}/"
        assert sent() == ["Hello\nworld"]
        page = web.get(response.headers["Location"]).content.decode()
        assert "Hello\nworld" in page
        assert 'data-status="pending"' in page

    def test_a_page_that_waits_looks_again_by_itself_and_ever_more_seldom(self, user: User, web: Client) -> None:
        _, answer = answered(user, "pending")
        path = f"/c/{answer.conversation_id}/"

        def looks_again(seconds_ago: int) -> str | None:
            moment = answer.created_at.timestamp() - seconds_ago
            Message.objects.filter(pk=answer.pk).update(created_at=answer.created_at.fromtimestamp(moment, tz=UTC))
            found = re.search(rf'http-equiv="refresh" content="(\d+);url={path}"', web.get(path).content.decode())
            return found[1] if found else None

        assert [looks_again(age) for age in (0, 20, 600, 1_000)] == ["1", "5", "10", None]

    def test_a_page_that_waits_for_nothing_does_not_look_again(self, user: User, web: Client) -> None:
        _, answer = answered(user)
        assert "http-equiv" not in web.get(f"/c/{answer.conversation_id}/").content.decode()

    def test_the_same_form_twice_is_one_message(self, web: Client) -> None:
        form = {**filled(web.get("/").content.decode()), "content": "Hello"}
        first, again = (web.post("/send/", form).headers["Location"] for _ in range(2))
        assert first == again
        assert sent() == ["Hello"]

    def test_the_same_form_twice_with_a_file_is_one_message(self, web: Client) -> None:
        form = {**filled(web.get("/").content.decode()), "content": "Look"}
        places = [web.post("/send/", {**form, "files": text_file()}).headers["Location"] for _ in range(2)]
        assert places[0] == places[1]
        assert sent() == ["Look"]

    def test_another_text_from_a_page_that_was_sent_is_kept_and_goes_out_the_next_time(
        self, patient: User, web: Client
    ) -> None:
        form = {**filled(web.get("/").content.decode()), "content": "First"}
        web.post("/send/", form)
        refused = web.post("/send/", {**form, "content": "Second"})
        assert refused.status_code == 409
        page = refused.content.decode()
        assert "has sent a message already" in page
        assert web.post("/send/", filled(page)).status_code == 302
        assert sent() == ["First", "Second"]

    @pytest.mark.parametrize("content", ["Kept <b>&amp;</b>\n\n text", "\n\nBegins with two lines"])
    def test_what_is_refused_stays_in_the_composer_with_the_reason(
        self, user: User, web: Client, settings: Settings, content: str
    ) -> None:
        conversation = make_conversation(user, messages=2)
        form = filled(web.get(f"/c/{conversation.pk}/").content.decode())
        with limited(user, settings):
            response = web.post("/send/", {**form, "content": content})
        assert response.status_code == 429
        assert response.headers["Retry-After"]
        page = response.content.decode()
        assert "messages a minute" in page
        again = filled(page)
        assert html.unescape(again["content"]) == content
        assert {**again, "content": ""} == {**form, "content": ""}
        assert web.post("/send/", {**again, "content": content}).status_code == 302
        assert sent()[-1] == content

    def test_files_go_with_the_message(self, web: Client) -> None:
        form = {**filled(web.get("/").content.decode()), "content": ""}
        response = web.post("/send/", {**form, "files": [text_file("a.txt"), text_file("b.txt")]})
        assert response.status_code == 302
        message = Message.objects.get(role="user")
        assert [one["name"] for one in message.metadata["attachments"]] == ["a.txt", "b.txt"]

    def test_files_that_were_taken_stay_when_another_is_refused_and_can_be_taken_out(self, web: Client) -> None:
        form = {**filled(web.get("/").content.decode()), "content": "Look"}
        files = [text_file("a.txt"), text_file("b.txt"), text_file("c.exe", b"MZ\x00\x01\x02")]
        response = web.post("/send/", {**form, "files": files})
        assert response.status_code == 400
        page = response.content.decode()
        assert "c.exe:" in page
        again = filled(page)
        assert len(again["attachments"]) == 2
        assert "a.txt" in page
        web.post("/send/", {**again, "attachments": again["attachments"][:1]})
        message = Message.objects.get(role="user")
        assert [one["name"] for one in message.metadata["attachments"]] == ["a.txt"]

    def test_a_file_of_another_user_is_not_found(self, other_user: User, web: Client) -> None:
        foreign = Client()
        foreign.force_login(other_user)
        foreign.post("/send/", {"client_message_id": uuid4(), "content": "x" * 200_000, "files": text_file()})
        attachment = Attachment.objects.get()
        form = {**filled(web.get("/").content.decode()), "content": "", "attachments": [attachment.pk]}
        assert web.post("/send/", form).status_code == 400
        assert not Message.objects.exists()

    def test_a_temporary_chat_is_begun_as_one(self, web: Client) -> None:
        web.post("/send/", {**filled(web.get("/").content.decode()), "content": "Hush", "temporary": "on"})
        assert one().expires_at is not None

    def test_the_model_is_the_chosen_one_and_stays_chosen(self, user: User, web: Client) -> None:
        make_model(LanguageModel.objects.get().provider, slug="big")
        form = {**filled(web.get("/").content.decode()), "content": "Hello"}
        assert form["model"] == "fake-1"
        web.post("/send/", {**form, "model": "big"})
        assert Generation.objects.values_list("language_model__slug", flat=True).get() == "big"
        assert filled(web.get(f"/c/{one().pk}/").content.decode())["model"] == "big"

    def test_a_conversation_that_was_deleted_meanwhile_takes_no_words_with_it(self, user: User, web: Client) -> None:
        conversation = make_conversation(user, messages=2)
        form = {**filled(web.get(f"/c/{conversation.pk}/").content.decode()), "content": "Still here"}
        delete_conversation(user=user, conversation_id=conversation.pk)
        response = web.post("/send/", form)
        assert response.status_code == 404
        page = response.content.decode()
        assert "not there any more" in page
        assert web.post("/send/", filled(page)).status_code == 302
        assert sent() == ["Still here"]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"client_message_id": ""},
            {"client_message_id": "x"},
            {"conversation_id": "x"},
            {"attachments": ["x"]},
            {"model": "none"},
            {"content": "a\x00b"},
        ],
    )
    def test_what_is_wrong_with_a_form_is_said(self, web: Client, wrong: dict[str, Any]) -> None:
        form = {**filled(web.get("/").content.decode()), "content": "Hello"}
        response = web.post("/send/", {**form, **wrong})
        assert response.status_code == 400
        assert 'data-testid="not-sent"' in response.content.decode()
        assert not Message.objects.exists()

    def test_a_form_without_its_token_is_refused(self, user: User) -> None:
        careful = Client(enforce_csrf_checks=True)
        careful.force_login(user)
        assert careful.post("/send/", {"client_message_id": uuid4(), "content": "Hello"}).status_code == 403
        assert not Message.objects.exists()


class TestAnswers:
    """What stands under a message."""

    def test_the_page_offers_what_can_be_done(self, user: User, web: Client) -> None:
        offers = {
            "pending": {"stop"},
            "completed": {"regenerate"},
            "failed": {"retry", "regenerate"},
            "stopped": {"retry", "regenerate"},
        }
        for status, expected in offers.items():
            question, answer = answered(user, status)
            page = web.get(f"/c/{answer.conversation_id}/").content.decode()
            names = {"stop", "retry", "regenerate", "edit", "show"}
            assert {name for name in names if action(name, answer) in page} == expected, status
            assert action("edit", question) in page

    def test_an_answer_is_stopped(self, user: User, web: Client) -> None:
        _, answer = answered(user, "pending")
        response = web.post(action("stop", answer))
        assert response.headers["Location"] == f"/c/{answer.conversation_id}/"
        assert Generation.objects.get().status == "stopped"

    def test_a_failed_answer_is_tried_again(self, user: User, web: Client) -> None:
        _, answer = answered(user, "failed")
        assert web.post(action("retry", answer)).headers["Location"] == f"/c/{answer.conversation_id}/"
        assert Generation.objects.get().status == "queued"

    def test_another_answer_is_asked_for_once(self, user: User, web: Client) -> None:
        _, answer = answered(user)
        page = web.get(f"/c/{answer.conversation_id}/").content.decode()
        found = re.search(r'name="client_message_id" value="([^"]+)" data-testid="plain-regenerate"', page)
        assert found is not None
        for _ in range(2):
            response = web.post(action("regenerate", answer), {"client_message_id": found[1]})
            assert response.headers["Location"] == f"/c/{answer.conversation_id}/"
        assert answer.conversation.messages.filter(role="assistant").count() == 2

    def test_every_answer_of_a_page_has_an_id_of_its_own(self, user: User, web: Client) -> None:
        conversation = make_conversation(user, messages=6)
        page = web.get(f"/c/{conversation.pk}/").content.decode()
        ids = re.findall(r'name="client_message_id" value="([^"]+)"', page)
        assert len(set(map(UUID, ids))) == len(ids) == 4

    @pytest.mark.parametrize(
        ("name", "status"), [("retry", "completed"), ("retry", "pending"), ("regenerate", "pending")]
    )
    def test_what_cannot_be_done_is_said_on_the_page(self, user: User, web: Client, name: str, status: str) -> None:
        _, answer = answered(user, status)
        response = web.post(action(name, answer), {"client_message_id": uuid4()}, follow=True)
        assert response.redirect_chain == [(f"/c/{answer.conversation_id}/", 302)]
        assert "alert-error" in response.content.decode()

    @pytest.mark.parametrize("name", ["stop", "retry", "regenerate", "edit"])
    def test_a_message_must_be_the_callers_and_of_this_conversation(
        self, user: User, other_user: User, web: Client, name: str
    ) -> None:
        _, answer = answered(user)
        foreign = make_message(make_conversation(other_user))
        elsewhere = make_conversation(user)
        for path in (action(name, foreign), f"/c/{elsewhere.pk}/{name}/{answer.pk}/"):
            assert web.post(path, {"client_message_id": uuid4()}).status_code == 404


class TestEditing:
    """The page to word a message anew."""

    def test_the_page_holds_the_message_and_its_wording_is_sent_once(self, user: User, web: Client) -> None:
        question, _ = answered(user)
        page = web.get(action("edit", question)).content.decode()
        assert ">\nWhy?</textarea>" in page
        found = re.search(r'name="client_message_id" value="([^"]+)"', page)
        assert found is not None
        form = {"client_message_id": found[1], "content": "Why\r\nnot?"}
        for _ in range(2):
            response = web.post(action("edit", question), form)
            assert response.headers["Location"] == f"/c/{question.conversation_id}/"
        assert sent() == ["Why?", "Why\nnot?"]
        page = web.get(f"/c/{question.conversation_id}/").content.decode()
        assert "2/2" in page

    def test_a_wording_that_is_refused_stays_on_the_page(self, user: User, web: Client, settings: Settings) -> None:
        question, _ = answered(user)
        with limited(user, settings):
            response = web.post(action("edit", question), {"client_message_id": uuid4(), "content": "Kept"})
        assert response.status_code == 429
        page = response.content.decode()
        assert ">\nKept</textarea>" in page
        assert "messages a minute" in page

    def test_another_wording_from_a_page_that_was_sent_is_kept(self, patient: User, web: Client) -> None:
        question, _ = answered(patient)
        form = {"client_message_id": str(uuid4()), "content": "First"}
        web.post(action("edit", question), form)
        response = web.post(action("edit", question), {**form, "content": "Second"})
        assert response.status_code == 409
        assert form["client_message_id"] not in response.content.decode()
        assert ">\nSecond</textarea>" in response.content.decode()

    def test_an_answer_is_not_edited(self, user: User, web: Client) -> None:
        _, answer = answered(user)
        assert web.get(action("edit", answer)).headers["Location"] == f"/c/{answer.conversation_id}/"
