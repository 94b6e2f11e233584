"""The pages of prompt presets and of a new chat's settings. They need no JavaScript."""

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from chatbot.accounts.models import User
from conversations import presets
from conversations.models import Conversation, Preset
from conversations.presets import create_preset
from tests.integration.conversations.test_conversation_pages import text_of
from tests.integration.conversations.test_presets import make_preset

pytestmark = pytest.mark.django_db


@pytest.fixture
def own(user: User) -> Preset:
    return create_preset(user=user, name="Editor <b>", text="Be\nbrief.", model="big")


def test_ones_own_and_shared_ones_stand_on_the_page_and_only_ones_own_can_be_edited(web: Client, own: Preset) -> None:
    shared = make_preset(name="House style")
    html = web.get("/presets/").content.decode()
    assert html.index("House style") < html.index("Editor &lt;b&gt;")
    assert f'href="/presets/{own.pk}/"' in html
    assert f'href="/presets/{shared.pk}/"' not in html
    assert all(f'href="/new/?preset={one.pk}"' in html for one in (own, shared))


def test_a_prompt_is_saved_changed_and_deleted(user: User, web: Client) -> None:
    response = web.post("/presets/", {"name": "Editor", "text": "Be\r\nbrief.", "model": ""}, follow=True)
    assert response.redirect_chain == [("/presets/", 302)]
    preset = Preset.objects.get()
    assert (preset.user, preset.name, preset.text, preset.model) == (user, "Editor", "Be\nbrief.", "")
    page = web.get(f"/presets/{preset.pk}/").content.decode()
    assert "Be\nbrief." in page
    web.post(f"/presets/{preset.pk}/", {"name": "Poet", "text": "Rhyme.", "model": "big"})
    preset.refresh_from_db()
    assert (preset.name, preset.text, preset.model) == ("Poet", "Rhyme.", "big")
    assert "“Poet” was deleted." in text_of(web.post(f"/presets/{preset.pk}/delete/", follow=True))
    assert not Preset.objects.exists()


@pytest.mark.parametrize("wrong", [{"name": ""}, {"name": "x" * 81}, {"text": "x" * 8_001}, {"model": "no slug"}])
def test_what_is_wrong_is_said_and_what_was_typed_stays(web: Client, own: Preset, wrong: dict[str, str]) -> None:
    for path in ("/presets/", f"/presets/{own.pk}/"):
        response = web.post(path, {"name": "Mine", "text": "My words", **wrong})
        assert response.status_code == 400
        html = response.content.decode()
        assert "errorlist" in html
        assert "My words" in html or "text" in wrong
    assert Preset.objects.count() == 1


def test_one_too_many_is_said_and_what_was_typed_stays(
    web: Client, own: Preset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presets, "MOST", 1)
    response = web.post("/presets/", {"name": "Another", "text": "My words"})
    assert response.status_code == 400
    assert "You may keep 1 presets" in text_of(response)
    assert "My words" in response.content.decode()


def test_under_a_legal_hold_it_stays_and_the_page_says_why(user: User, web: Client, own: Preset) -> None:
    User.objects.filter(pk=user.pk).update(legal_hold=True)
    assert "legal hold" in text_of(web.post(f"/presets/{own.pk}/delete/", follow=True))
    assert Preset.objects.exists()


def test_what_staff_share_has_no_page_of_its_own(web: Client) -> None:
    shared = make_preset()
    for path in (f"/presets/{shared.pk}/", f"/presets/{shared.pk}/delete/"):
        assert web.post(path, {"name": "Mine", "text": "Text"}).status_code == 404
    assert Preset.objects.get().name == "Editor"


class TestSettingUp:
    """A new chat."""

    def begun(self, response: Any) -> Conversation:
        assert response.status_code == 302, text_of(response)
        conversation = Conversation.objects.get()
        assert response.headers["Location"] == f"/c/{conversation.pk}/"
        return conversation

    def test_nothing_needs_to_be_said(self, web: Client) -> None:
        conversation = self.begun(web.post("/new/", {"preset": "", "temperature": ""}))
        assert (conversation.model_config, conversation.preset, conversation.expires_at) == ({}, None, None)

    def test_it_begins_with_a_preset_and_what_else_is_said(self, web: Client, own: Preset) -> None:
        html = web.get(f"/new/?preset={own.pk}").content.decode()
        assert re.search(rf'value="{own.pk}" selected', html)
        form = {"preset": str(own.pk), "temperature": "0", "max_tokens": "7", "temporary": "on"}
        conversation = self.begun(web.post("/new/", form))
        assert conversation.preset == own
        config = {"system_prompt": "Be\nbrief.", "model": "big", "temperature": 0.0, "max_tokens": 7}
        assert conversation.model_config == config
        assert conversation.expires_at is not None

    @pytest.mark.parametrize("wrong", [{"preset": "x"}, {"temperature": "3"}, {"max_tokens": "x"}])
    def test_what_is_wrong_is_said_and_what_was_typed_stays(self, web: Client, wrong: dict[str, str]) -> None:
        response = web.post("/new/", {"system_prompt": "My words", **wrong})
        assert response.status_code == 400
        assert "My words" in response.content.decode()
        assert not Conversation.objects.exists()

    def test_a_preset_of_somebody_else_is_no_choice(self, other_user: User, web: Client) -> None:
        foreign = make_preset(other_user)
        assert web.post("/new/", {"preset": str(foreign.pk)}).status_code == 400


def test_the_page_costs_the_same_for_few_and_for_many(
    user: User, web: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for count in (1, 20):
        for _ in range(count):
            create_preset(user=user, name="Editor", text="Be brief.")
            make_preset()
        with django_assert_num_queries(4):  # the user, shared and own presets, the models
            web.get("/presets/")
