"""Prompt presets: users' own, and those that staff share; by the REST doors, in the admin, and as a start."""

from typing import Any
from unittest.mock import ANY
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from chatbot.accounts.models import Tier, User
from conversations import presets
from conversations.feedback import give_feedback
from conversations.models import Conversation, Feedback, Message, Preset
from conversations.presets import ratings_of
from tests.factories import make_conversation, make_message, make_user
from tests.integration.conversations.test_api import LIST, assert_error

pytestmark = pytest.mark.django_db

PATH = "/api/v1/presets/"


def make_preset(user: User | None = None, name: str = "Editor", **fields: Any) -> Preset:
    return Preset.objects.create(user=user, name=name, **{"text": "Be brief.", **fields})


def share_with(*tiers: Tier, **fields: Any) -> Preset:
    preset = make_preset(**fields)
    preset.tiers.set(tiers)
    return preset


def names(api: APIClient) -> list[str]:
    body = api.get(PATH).json()
    assert (body["next"], body["previous"]) == (None, None)
    return [preset["name"] for preset in body["results"]]


def begin(api: APIClient, preset: Preset, **fields: Any) -> dict[str, Any]:
    response = api.post(LIST, {"preset": str(preset.pk), **fields}, format="json")
    assert response.status_code == 201, response.content
    return response.json()  # type: ignore[no-any-return]


class TestOwn:
    """Those of a user."""

    def test_a_preset_is_made_read_changed_and_deleted(self, user: User, api: APIClient) -> None:
        fields = {"name": " Editor ", "text": " Be brief.\n", "model": "big"}
        made = api.post(PATH, fields, format="json")
        assert made.status_code == 201
        body = made.json()
        assert body == {**fields, "id": ANY, "shared": False, "updated_at": ANY}
        assert UUID(body["id"]).bytes[0] == user.bucket
        path = f"{PATH}{body['id']}/"
        assert api.get(path).json() == body
        changed = api.patch(path, {"text": "Be kind.", "model": None}, format="json").json()
        assert (changed["name"], changed["text"], changed["model"]) == (" Editor ", "Be kind.", None)
        assert changed["updated_at"] > body["updated_at"]
        assert api.delete(path).status_code == 204
        assert_error(api.get(path), 404, "not_found")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"name": " "},
            {"name": "x" * 81},
            {"text": ""},
            {"text": "x" * 8_001},
            {"text": None},
            {"name": 5},
            {"model": "no slug"},
            {"name": "a\x00"},
        ],
    )
    def test_what_is_wrong_is_said(self, user: User, api: APIClient, wrong: dict[str, Any]) -> None:
        fields = {"name": "Editor", "text": "Be brief.", **wrong}
        details = assert_error(api.post(PATH, fields, format="json"), 400, "invalid_input")["details"]
        assert set(details["fields"]) == set(wrong)
        path = f"{PATH}{make_preset(user).pk}/"
        assert_error(api.patch(path, wrong, format="json"), 400, "invalid_input")

    def test_nobody_sees_anothers(self, user: User, api: APIClient, other_api: APIClient) -> None:
        path = f"{PATH}{make_preset(user).pk}/"
        assert names(api) == ["Editor"]
        assert names(other_api) == []
        for response in (
            other_api.get(path),
            other_api.patch(path, {"name": "Mine"}, format="json"),
            other_api.delete(path),
            other_api.post(LIST, {"preset": path.split("/")[-2]}, format="json"),
        ):
            assert_error(response, 404, "not_found")
        assert Preset.objects.get().name == "Editor"

    def test_a_user_keeps_so_many(self, user: User, api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(presets, "MOST", 2)
        make_preset(name="Shared")
        fields = {"name": "One", "text": "Text"}
        assert [api.post(PATH, fields, format="json").status_code for _ in range(2)] == [201, 201]
        assert_error(api.post(PATH, fields, format="json"), 429, "quota_exceeded")

    def test_under_a_legal_hold_it_stays(self, user: User, api: APIClient) -> None:
        preset = make_preset(user)
        User.objects.filter(pk=user.pk).update(legal_hold=True)
        assert_error(api.delete(f"{PATH}{preset.pk}/"), 403, "forbidden")

    def test_it_goes_with_its_user(self, user: User) -> None:
        preset = make_preset(user)
        make_conversation(user, preset=preset)
        user.delete()
        assert not Preset.objects.exists()


class TestShared:
    """Those that staff make."""

    def test_they_come_first_in_the_order_of_staff_and_then_ones_own_by_name(self, user: User, api: APIClient) -> None:
        make_preset(user, "B")
        make_preset(user, "A")
        for name, position in (("Last", 2), ("First", 0), ("Middle", 1)):
            make_preset(name=name, position=position)
        assert names(api) == ["First", "Middle", "Last", "A", "B"]
        assert [one["shared"] for one in api.get(PATH).json()["results"]] == [True] * 3 + [False] * 2

    def test_they_are_for_their_tiers_or_for_everybody(self, user: User, api: APIClient) -> None:
        gold, silver = (Tier.objects.create(slug=name, name=name) for name in ("gold", "silver"))
        share_with(name="All", position=0)
        share_with(user.tier, gold, name="Ours", position=1)
        theirs = share_with(gold, silver, name="Theirs", position=2)
        assert names(api) == ["All", "Ours"]
        assert_error(api.get(f"{PATH}{theirs.pk}/"), 404, "not_found")
        assert_error(api.post(LIST, {"preset": str(theirs.pk)}, format="json"), 404, "not_found")

    def test_what_is_offered_no_more_is_not_there(self, api: APIClient) -> None:
        preset = make_preset(enabled=False)
        assert names(api) == []
        assert_error(api.get(f"{PATH}{preset.pk}/"), 404, "not_found")

    def test_users_read_them_and_change_nothing(self, api: APIClient) -> None:
        path = f"{PATH}{make_preset().pk}/"
        assert api.get(path).json()["shared"] is True
        assert_error(api.patch(path, {"name": "Mine"}, format="json"), 403, "forbidden")
        assert_error(api.delete(path), 403, "forbidden")
        assert Preset.objects.get().name == "Editor"


class TestBeginning:
    """Conversations that begin with one."""

    def test_a_conversation_begins_with_its_prompt_and_model(self, user: User, api: APIClient) -> None:
        preset = make_preset(user, model="big")
        body = begin(api, preset, title="Plans")
        assert (body["preset"], body["system_prompt"], body["model"]) == (str(preset.pk), "Be brief.", "big")
        assert Conversation.objects.get().preset == preset
        assert api.get(f"{LIST}{body['id']}/").json()["preset"] == str(preset.pk)

    def test_what_else_is_said_of_it_holds(self, user: User, api: APIClient) -> None:
        preset = make_preset(user, model="big")
        body = begin(api, preset, model="small", temperature=0.5, system_prompt=None)
        assert (body["model"], body["temperature"], body["system_prompt"]) == ("small", 0.5, None)

    def test_a_conversation_stays_as_it_is_when_its_preset_changes_or_goes(self, user: User, api: APIClient) -> None:
        preset = make_preset(user)
        path = f"{LIST}{begin(api, preset)['id']}/"
        api.patch(f"{PATH}{preset.pk}/", {"text": "Be long."}, format="json")
        assert api.get(path).json()["system_prompt"] == "Be brief."
        api.delete(f"{PATH}{preset.pk}/")
        assert (api.get(path).json()["preset"], api.get(path).json()["system_prompt"]) == (None, "Be brief.")

    @pytest.mark.parametrize("wrong", ["x", ["x"], {}])
    def test_what_is_no_id_is_refused(self, api: APIClient, wrong: object) -> None:
        assert_error(api.post(LIST, {"preset": wrong}, format="json"), 400, "invalid_input")
        assert_error(api.post(LIST, {"preset": str(uuid4())}, format="json"), 404, "not_found")
        assert not Conversation.objects.exists()


def rate(conversation: Conversation, rating: Feedback.Rating) -> None:
    answer = make_message(conversation, role=Message.Role.ASSISTANT)
    give_feedback(user=conversation.user, message_id=answer.pk, rating=rating)


class TestAdmin:
    """What staff do, and see."""

    def test_staff_share_one_with_tiers(self, staff_client: Client, user: User) -> None:
        form = {"name": "Editor", "text": "Be brief.", "model": "", "tiers": [user.tier_id], "position": 3}
        response = staff_client.post("/admin/conversations/preset/add/", {**form, "enabled": "on"})
        assert response.status_code == 302, response.content
        preset = Preset.objects.get()
        assert preset.shared
        assert list(preset.tiers.all()) == [user.tier]

    def test_users_own_are_not_shown_to_staff(self, staff_client: Client, user: User) -> None:
        own = make_preset(user, name="Private matters")
        assert b"Private matters" not in staff_client.get("/admin/conversations/preset/").content
        assert staff_client.get(f"/admin/conversations/preset/{own.pk}/change/").status_code == 302

    def test_ratings_are_counted_by_preset(self, staff_client: Client) -> None:
        first, second = make_preset(name="First"), make_preset(name="Second")
        for number in range(3):
            user = make_user(f"rater{number}")
            rate(make_conversation(user, preset=first), Feedback.Rating.UP)
            rate(make_conversation(user, preset=second), Feedback.Rating.DOWN)
            rate(make_conversation(user), Feedback.Rating.DOWN)
        rate(make_conversation(make_user("critic"), preset=first), Feedback.Rating.DOWN)
        counts = ratings_of([first.pk, second.pk])
        assert counts[first.pk] == {Feedback.Rating.UP: 3, Feedback.Rating.DOWN: 1}
        assert counts[second.pk] == {Feedback.Rating.DOWN: 3}
        page = staff_client.get(f"/admin/conversations/preset/{first.pk}/change/").content.decode()
        assert "3 good, 1 bad" in page
        assert ">4<" in page

    def test_each_conversation_is_counted_in_one_partition(self, user: User) -> None:
        rate(make_conversation(user, preset=make_preset()), Feedback.Rating.UP)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
            cursor.execute("EXPLAIN (ANALYZE) " + presets._RATINGS, [[Preset.objects.get().pk]])
            plan = [row[0] for row in cursor.fetchall()]
        scans = [line for line in plan if " on messages_" in line]
        assert len(scans) == 16
        assert len([line for line in scans if "never executed" not in line]) == 1
