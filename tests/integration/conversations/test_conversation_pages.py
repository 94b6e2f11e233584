"""The pages about conversations: settings, archive, deletion, the list of all, search. They need no JavaScript."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from chatbot.accounts.models import User
from conversations.models import Conversation, Export, Feedback, Message, Share
from conversations.services import update_conversation
from streaming.models import LanguageModel
from tests.factories import make_conversation, make_message, make_model, make_provider

pytestmark = pytest.mark.django_db

PAGES = ["c/{}/settings/", "c/{}/delete/", "conversations/", "search/?q=message"]


@pytest.fixture
def talk(user: User) -> Conversation:
    return make_conversation(user, title="Plans & <b>", messages=2)


@pytest.fixture
def model() -> LanguageModel:
    return make_model(make_provider(), slug="big")


def text_of(response: Any) -> str:
    """What the page says, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def settings_of(conversation: Conversation, **changes: Any) -> dict[str, Any]:
    """The form of the settings, as it is sent."""
    names = ("model", "system_prompt", "temperature", "max_tokens")
    config = {name: conversation.model_config.get(name, "") for name in names}
    return {"title": conversation.title, "folder": conversation.folder, **config, **changes}


@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_links_and_forms_and_no_script_of_its_own(web: Client, talk: Conversation, page: str) -> None:
    response = web.get(f"/{page.format(talk.pk)}")
    assert response.status_code == 200
    html = response.content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)", html)
    assert not re.search(r"\s(style|on[a-z]+)=", html)
    assert "<b>" not in html.replace("<b>Plans", "")


class TestSettings:
    """What can be said of a conversation."""

    def test_the_form_holds_what_was_said_and_saves_what_is_said_now(
        self, user: User, web: Client, talk: Conversation, model: LanguageModel
    ) -> None:
        path = f"/c/{talk.pk}/settings/"
        form = settings_of(talk, title="Holidays", folder="Trips", model="big", temperature="0.5", max_tokens="100")
        response = web.post(path, {**form, "system_prompt": " Be\r\nkind. "}, follow=True)
        assert response.redirect_chain == [(f"/c/{talk.pk}/", 302)]
        assert "The conversation was saved." in text_of(response)
        talk.refresh_from_db()
        assert (talk.title, talk.folder) == ("Holidays", "Trips")
        config = {"model": "big", "system_prompt": " Be\nkind. ", "temperature": 0.5, "max_tokens": 100}
        assert talk.model_config == config
        html = web.get(path).content.decode()
        for value in (
            'value="Holidays"',
            'value="Trips"',
            'value="0.5"',
            'value="100"',
            '"big" selected',
            " Be\nkind. <",
        ):
            assert value in html

    def test_what_is_left_empty_is_as_the_service_has_it(self, user: User, web: Client, talk: Conversation) -> None:
        config = {"model": "big", "system_prompt": "Be kind.", "temperature": 0.0, "max_tokens": 5}
        update_conversation(user=user, conversation_id=talk.pk, changes={"model_config": config})
        web.post(f"/c/{talk.pk}/settings/", {"title": "", "folder": ""})
        talk.refresh_from_db()
        assert (talk.title, talk.model_config) == ("", {})

    def test_a_temperature_of_zero_is_one(self, web: Client, talk: Conversation) -> None:
        web.post(f"/c/{talk.pk}/settings/", settings_of(talk, temperature="0"))
        talk.refresh_from_db()
        assert talk.model_config == {"temperature": 0.0}

    @pytest.mark.parametrize(
        "wrong",
        [
            {"title": "x" * 201},
            {"folder": "x" * 81},
            {"system_prompt": "x" * 20_001},
            {"temperature": "2.1"},
            {"temperature": "nan"},
            {"max_tokens": "0"},
            {"model": "no slug"},
            {"title": "a\x00"},
        ],
    )
    def test_what_is_wrong_is_said_and_what_was_typed_stays(
        self, web: Client, talk: Conversation, wrong: dict[str, str]
    ) -> None:
        response = web.post(f"/c/{talk.pk}/settings/", {**settings_of(talk, system_prompt="My words"), **wrong})
        assert response.status_code == 400
        html = response.content.decode()
        assert "errorlist" in html
        assert "My words" in html or "system_prompt" in wrong
        before = talk.model_config
        talk.refresh_from_db()
        assert talk.model_config == before

    def test_a_model_that_is_gone_stays_chosen(self, user: User, web: Client, talk: Conversation) -> None:
        update_conversation(user=user, conversation_id=talk.pk, changes={"model_config": {"model": "old"}})
        html = web.get(f"/c/{talk.pk}/settings/").content.decode()
        assert '<option value="old" selected>' in html

    @pytest.mark.parametrize("mark", ["pinned", "archived"])
    def test_a_mark_is_put_on_and_taken_off(self, web: Client, talk: Conversation, mark: str) -> None:
        path = f"/c/{talk.pk}/mark/"
        for on in (True, False):
            response = web.post(path, {"mark": mark, **({"on": "on"} if on else {})})
            assert response.headers["Location"] == f"/c/{talk.pk}/settings/"
            talk.refresh_from_db()
            assert getattr(talk, mark) is on

    def test_no_other_mark_is_put_on(self, web: Client, talk: Conversation) -> None:
        assert web.post(f"/c/{talk.pk}/mark/", {"mark": "deleted_at", "on": "on"}).status_code == 302
        talk.refresh_from_db()
        assert talk.deleted_at is None

    def test_an_export_is_asked_for_and_shown_where_it_will_be(self, web: Client, talk: Conversation) -> None:
        for form in Export.Format.values:
            response = web.post(f"/c/{talk.pk}/export/", {"format": form}, follow=True)
            assert response.redirect_chain == [("/accounts/exports/", 302)]
        assert set(Export.objects.values_list("format", "conversation_id")) == {
            (form, talk.pk) for form in Export.Format.values
        }
        assert "no such format" in text_of(web.post(f"/c/{talk.pk}/export/", {"format": "exe"}, follow=True))


class TestSharing:
    """Links to a conversation, and ratings of its answers."""

    def test_a_link_is_made_shown_and_taken_back(self, user: User, web: Client, talk: Conversation) -> None:
        response = web.post(f"/c/{talk.pk}/share/", follow=True)
        assert response.redirect_chain == [(f"/c/{talk.pk}/settings/", 302)]
        share = Share.objects.get()
        assert f'href="http://testserver/s/{share.token}/"' in response.content.decode()
        path = f"/c/{talk.pk}/share/{share.pk}/revoke/"
        assert web.post(f"/c/{make_conversation(user).pk}/share/{share.pk}/revoke/").status_code == 404
        assert share.token not in web.post(path, follow=True).content.decode()
        assert web.get(f"/s/{share.token}/").status_code == 404

    def test_what_cannot_be_shared_is_said(self, user: User, web: Client) -> None:
        response = web.post(f"/c/{make_conversation(user).pk}/share/", follow=True)
        assert "There is nothing to share yet." in text_of(response)

    def test_an_answer_is_rated_and_that_is_taken_back(self, web: Client, talk: Conversation) -> None:
        answer = talk.messages.get(role="assistant")
        path = f"/c/{talk.pk}/rate/{answer.pk}/"
        for rating in ("1", "-1"):
            response = web.post(path, {"rating": rating})
            assert response.headers["Location"] == f"/c/{talk.pk}/?around={answer.pk}#message-{answer.pk}"
            assert Feedback.objects.get().rating == int(rating)
            html = web.get(f"/c/{talk.pk}/").content.decode()
            assert html.count('name="rating" value="0" aria-pressed="true"') == 1
        web.post(path, {"rating": "0"})
        assert not Feedback.objects.exists()

    def test_there_are_no_other_ratings_and_a_question_has_none(self, web: Client, talk: Conversation) -> None:
        for role, rating in (("assistant", "2"), ("assistant", ""), ("user", "1")):
            message = talk.messages.get(role=role)
            response = web.post(f"/c/{talk.pk}/rate/{message.pk}/", {"rating": rating}, follow=True)
            assert "alert-error" in response.content.decode()
        assert not Feedback.objects.exists()


class TestDeletion:
    """The page that asks before a conversation is deleted."""

    def test_a_conversation_is_deleted_after_a_question(self, web: Client, talk: Conversation) -> None:
        assert "Plans &amp; &lt;b&gt;" in web.get(f"/c/{talk.pk}/delete/").content.decode()
        assert Conversation.objects.filter(pk=talk.pk).exists()
        response = web.post(f"/c/{talk.pk}/delete/", follow=True)
        assert response.redirect_chain == [("/", 302)]
        assert "was deleted" in text_of(response)
        assert not Conversation.objects.filter(pk=talk.pk).exists()
        assert web.get(f"/c/{talk.pk}/delete/").status_code == 404

    def test_under_a_legal_hold_it_stays_and_the_page_says_why(
        self, user: User, web: Client, talk: Conversation
    ) -> None:
        User.objects.filter(pk=user.pk).update(legal_hold=True)
        response = web.post(f"/c/{talk.pk}/delete/", follow=True)
        assert response.redirect_chain == [(f"/c/{talk.pk}/", 302)]
        assert "legal hold" in text_of(response)
        assert Conversation.objects.filter(pk=talk.pk).exists()


class TestList:
    """All conversations."""

    def listed(self, response: Any) -> list[str]:
        assert response.status_code == 200
        return re.findall(r"<b>(.*?)</b></a>", response.content.decode())

    def test_all_of_them_are_a_few_links_away_each_once(self, user: User, web: Client) -> None:
        for number in range(120):
            make_conversation(user, title=f"Talk {number}")
        # Several at the same moment are told apart.
        Conversation.objects.filter(title__endswith="5").update(last_message_at=timezone.now() - timedelta(days=1))
        path, found = "/conversations/", list[str]()
        while path:
            response = web.get(path)
            found += self.listed(response)
            older = re.search(r'href="(\?[^"]*)" data-testid="older', response.content.decode())
            path = f"/conversations/{older[1]}" if older else ""
        assert len(found) == 120
        assert set(found) == {f"Talk {number}" for number in range(120)}

    def test_the_archive_and_each_folder_have_lists_of_their_own(self, user: User, web: Client) -> None:
        make_conversation(user, title="One")
        make_conversation(user, title="Two", folder="Work & play")
        make_conversation(user, title="Three", archived=True)
        assert self.listed(web.get("/conversations/")) == ["Two", "One"]
        assert self.listed(web.get("/conversations/?archived=1")) == ["Three"]
        folder = re.search(r'href="(\?folder=[^"]+)"', web.get("/conversations/").content.decode())
        assert folder is not None
        assert self.listed(web.get(f"/conversations/{folder[1]}")) == ["Two"]

    def test_one_is_taken_out_of_the_archive_from_the_list(self, user: User, web: Client) -> None:
        kept = make_conversation(user, archived=True)
        assert f'action="/c/{kept.pk}/mark/"' in web.get("/conversations/?archived=1").content.decode()
        response = web.post(f"/c/{kept.pk}/mark/", {"mark": "archived", "back": "list"})
        assert response.headers["Location"] == "/conversations/"
        assert self.listed(web.get("/conversations/")) == ["A talk"]

    def test_nobody_sees_anothers(self, other_user: User, web: Client) -> None:
        make_conversation(other_user, folder="Secret")
        response = web.get("/conversations/")
        assert self.listed(response) == []
        assert "Secret" not in response.content.decode()
        assert "no conversations here yet" in text_of(response)

    @pytest.mark.parametrize("query", ["after=x", "after=%C3%BC", "after=MjAyNi0wMS0wMSB4", "folder=%00", "archived=x"])
    def test_a_strange_list_is_no_error(self, user: User, web: Client, query: str) -> None:
        make_conversation(user)
        assert web.get(f"/conversations/?{query}").status_code == 200

    def test_it_costs_the_same_for_few_and_for_many(
        self, user: User, web: Client, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        web.get("/conversations/")
        for count in (1, 30):
            for number in range(count):
                make_conversation(user, folder=f"Folder {number}")
            with django_assert_num_queries(3):  # the user, the conversations, the folders
                web.get("/conversations/")


class TestSearch:
    """What a search finds."""

    def test_hits_are_marked_and_lead_to_their_messages(self, user: User, web: Client, talk: Conversation) -> None:
        message = make_message(talk, content="I like <i>apples</i> & pears")
        response = web.get("/search/", {"q": "apple"})
        html = response.content.decode()
        assert f'href="/c/{talk.pk}/?around={message.pk}#message-{message.pk}"' in html
        assert "I like &lt;i&gt;<mark>apples</mark>&lt;/i&gt; &amp; pears" in html
        assert 'value="apple"' in html

    def test_titles_stand_above_messages(self, user: User, web: Client, talk: Conversation) -> None:
        html = web.get("/search/", {"q": "plans"}).content.decode()
        assert f'href="/c/{talk.pk}/"><mark>Plans</mark> &amp; &lt;b&gt;' in html

    def test_more_of_them_are_a_link_away(self, user: User, web: Client) -> None:
        conversation = make_conversation(user, messages=45)
        path, found = "/search/?q=message", list[str]()
        while path:
            html = web.get(path).content.decode()
            found += re.findall(r"\?around=([0-9a-f-]{36})#", html)
            more = re.search(r'href="(\?[^"]*)" data-testid="more-hits"', html)
            path = f"/search/{more[1].replace('&amp;', '&')}" if more else ""
        assert sorted(found) == sorted(str(pk) for pk in conversation.messages.values_list("pk", flat=True))

    def test_a_hit_on_another_branch_says_so(self, user: User, web: Client, talk: Conversation) -> None:
        message = make_message(talk, content="Apples")
        Message.objects.filter(pk=message.pk).update(current=False)
        assert "in another version" in text_of(web.get("/search/", {"q": "apples"}))

    def test_nothing_found_is_said(self, web: Client, talk: Conversation) -> None:
        assert "Nothing of what you" in text_of(web.get("/search/", {"q": "zebra"}))
        assert "Nothing of what you" not in text_of(web.get("/search/"))

    def test_nobody_finds_anothers(self, other_user: User, web: Client) -> None:
        make_message(make_conversation(other_user, title="Secret"), content="Secret")
        assert "Nothing of what you" in text_of(web.get("/search/", {"q": "secret"}))

    @pytest.mark.parametrize("query", [{"q": "-only"}, {"q": "x" * 500}, {"q": "a\x00"}, {"q": "x", "cursor": "?"}])
    def test_what_is_no_search_is_said(self, web: Client, query: dict[str, str]) -> None:
        response = web.get("/search/", query)
        assert response.status_code == 400
        assert 'data-testid="search-error"' in response.content.decode()
