"""A user sees where they are signed in, and ends what they do not know."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from chatbot.accounts import activity, sessions
from chatbot.accounts.devices import describe_device
from chatbot.accounts.models import User
from chatbot.accounts.sessions import MOST, end_other_sessions, list_sessions
from chatbot.accounts.signals import session_ended
from chatbot.accounts.tasks import delete_dead_sessions
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/19.0 Mobile/15E148 Safari/604.1"
)
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0 Safari/537.36 Edg/150.0"


@pytest.fixture(autouse=True)
def nothing_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    """No session counts as noted by an earlier test."""
    monkeypatch.setattr(activity, "_noted", {})


def log_in(address: str = "192.0.2.1", agent: str = FIREFOX, username: str = "ann") -> Client:
    web = Client(REMOTE_ADDR=address, headers={"User-Agent": agent})
    web.post("/accounts/login/", {"login": username, "password": PASSWORD})
    return web


def key_of(web: Client) -> str:
    return str(web.session.session_key)


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (FIREFOX, "Firefox on Linux"),
        (IPHONE, "Safari on iPhone"),
        (EDGE, "Edge on Windows"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "Unknown device"),
        ("x" * 500, "x" * 60),
    ],
)
def test_a_device_is_named_as_people_name_it(agent: str, device: str) -> None:
    assert describe_device(agent) == device


def test_the_list_says_what_where_and_which_is_this_one(user: User) -> None:
    log_in("192.0.2.7", IPHONE)
    web = log_in("192.0.2.1", FIREFOX)
    here, there = list_sessions(user=user, current=key_of(web))
    assert (here.device, here.address, here.is_current) == ("Firefox on Linux", "192.0.2.1", True)
    assert (there.device, there.address, there.is_current) == ("Safari on iPhone", "192.0.2.7", False)
    page = web.get("/accounts/sessions/").content.decode()
    assert "Safari on iPhone" in page
    assert "192.0.2.7" in page


def test_the_list_costs_two_queries(user: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for _ in range(5):
        log_in()
    with django_assert_num_queries(2):
        assert len(list_sessions(user=user, current=None)) == 5


def test_an_ended_session_is_gone_for_its_browser(user: User) -> None:
    stolen, web = log_in("192.0.2.7"), log_in()
    assert stolen.get("/").status_code == 200
    session = UserSession.objects.get(session_key=key_of(stolen))
    assert web.post(f"/accounts/sessions/{session.pk}/end/")["Location"] == "/accounts/sessions/"
    assert stolen.get("/").status_code == 302
    assert stolen.get("/api/v1/conversations/").status_code == 401
    assert web.get("/").status_code == 200


def test_all_others_end_at_once(user: User) -> None:
    others, web = [log_in(), log_in()], log_in()
    web.post("/accounts/sessions/end-others/")
    assert [other.get("/").status_code for other in others] == [302, 302]
    assert web.get("/").status_code == 200
    assert len(list_sessions(user=user, current=key_of(web))) == 1


def test_nobody_ends_the_session_of_another(user: User, other_user: User) -> None:
    bob = log_in(username="bob")
    session = UserSession.objects.get(session_key=key_of(bob))
    assert log_in().post(f"/accounts/sessions/{session.pk}/end/").status_code == 404
    assert bob.get("/").status_code == 200


def test_the_end_of_sessions_is_announced(user: User) -> None:
    heard: list[dict[str, Any]] = []

    def listen(**news: Any) -> None:
        heard.append(news)

    log_in()
    session_ended.connect(listen)
    try:
        end_other_sessions(user=user, keep=None)
        end_other_sessions(user=user, keep=None)
    finally:
        session_ended.disconnect(listen)
    assert [(news["user"], news["count"]) for news in heard] == [(user, 1)]


def test_a_new_password_leaves_this_session_alone(user: User) -> None:
    other, web = log_in(), log_in()
    new = "another long and lucky phrase"
    web.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert web.get("/").status_code == 200
    assert other.get("/").status_code == 302
    user.refresh_from_db()
    (only,) = list_sessions(user=user, current=key_of(web))
    assert only.is_current
    assert UserSession.objects.count() == 1


def test_sessions_that_ended_by_themselves_are_not_listed(user: User) -> None:
    web, expired, logged_out = log_in(), log_in(), log_in()
    Session.objects.filter(session_key=key_of(expired)).update(expire_date=timezone.now() - timedelta(minutes=1))
    logged_out.post("/accounts/logout/")
    assert [one.is_current for one in list_sessions(user=user, current=key_of(web))] == [True]


def test_sessions_of_a_password_that_staff_changed_are_not_listed(user: User) -> None:
    log_in()
    user.set_password("another long and lucky phrase")
    user.save()
    assert list_sessions(user=user, current=None) == []


def test_who_signs_in_again_and_again_ends_the_oldest(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "MOST", 3)
    webs = [log_in(f"192.0.2.{number}") for number in range(5)]
    assert [web.get("/").status_code for web in webs] == [302, 302, 200, 200, 200]
    assert UserSession.objects.count() == 3
    assert MOST > 3


def test_what_has_expired_is_swept_away_and_nothing_else(user: User) -> None:
    expired, live = log_in(), log_in()
    Session.objects.filter(session_key=key_of(expired)).update(expire_date=timezone.now() - timedelta(minutes=1))
    assert delete_dead_sessions() == 1
    # What was written down of it may belong to a log-in of this moment.
    UserSession.objects.update(last_seen_at=timezone.now() - timedelta(hours=2))
    assert delete_dead_sessions() == 1
    assert delete_dead_sessions() == 0
    assert UserSession.objects.get().session_key == key_of(live)
    assert live.get("/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_use_is_noted_now_and_then_with_where_from(user: User) -> None:
    web = log_in()
    long_ago = timezone.now() - timedelta(hours=3)
    UserSession.objects.update(last_seen_at=long_ago)
    activity._noted.clear()
    web.get("/", REMOTE_ADDR="198.51.100.4")
    row = UserSession.objects.get()
    assert row.ip == "198.51.100.4"
    assert timezone.now() - row.last_seen_at < timedelta(minutes=1)
    UserSession.objects.update(last_seen_at=long_ago)
    # It was noted a moment ago: nothing is written.
    web.get("/")
    assert UserSession.objects.get().last_seen_at == long_ago


def test_strangers_cost_nothing(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    Client().get("/accounts/login/")
    with django_assert_num_queries(0):
        Client().get("/health/live")


def test_words_that_no_database_holds_do_not_stop_a_log_in() -> None:
    make_user("eve")
    web = log_in(agent="nul\x00" + "ä" * 500, username="eve")
    assert web.get("/").status_code == 200
    assert len(UserSession.objects.get().user_agent) <= 200
