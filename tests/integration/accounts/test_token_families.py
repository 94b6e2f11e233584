"""Families of refresh tokens: one winner of a race, no second use, and an end."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from chatbot.accounts import token_services, tokens
from chatbot.accounts.models import TokenFamily, User
from chatbot.accounts.signals import token_reused
from chatbot.accounts.token_services import Tokens, delete_dead_families, issue_tokens, revoke_tokens, rotate_tokens
from chatbot.lib.errors import Unauthorized

RACERS = 50


def family_of(made: Tokens) -> TokenFamily:
    return TokenFamily.objects.get(pk=tokens.read("refresh", made.refresh).family_id)


def spent_long_ago(made: Tokens) -> None:
    TokenFamily.objects.filter(pk=family_of(made).pk).update(refreshed_at=timezone.now() - timedelta(seconds=11))


def refused(refresh: str) -> bool:
    try:
        rotate_tokens(refresh=refresh)
    except Unauthorized:
        return True
    return False


def race(refresh: str) -> list[Tokens]:
    """What RACERS get that send one token at the same moment, each on a connection of its own."""
    start = Barrier(RACERS)

    def run(_: int) -> Tokens | None:
        start.wait(60)
        try:
            return rotate_tokens(refresh=refresh)
        except Unauthorized:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(RACERS) as pool:
        return [won for won in pool.map(run, range(RACERS)) if won]


@pytest.mark.django_db(transaction=True)
def test_of_fifty_that_refresh_one_token_at_once_one_wins_and_its_family_lives(user: User) -> None:
    first = issue_tokens(user=user)
    for _ in range(3):
        [first] = race(first.refresh)
    assert family_of(first).revoked_at is None
    assert rotate_tokens(refresh=first.refresh)


def test_a_spent_token_that_comes_again_ends_the_family_and_is_told(
    user: User, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[dict[str, Any]] = []

    def listen(**news: Any) -> None:
        told.append(news)

    first = issue_tokens(user=user)
    second = rotate_tokens(refresh=first.refresh)
    spent_long_ago(first)
    token_reused.connect(listen)
    try:
        with pytest.raises(Unauthorized):
            rotate_tokens(refresh=first.refresh, address="203.0.113.9")
    finally:
        token_reused.disconnect(listen)
    family = family_of(first)
    assert family.revoked_at is not None
    assert [(news["family"], news["address"]) for news in told] == [(family, "203.0.113.9")]
    assert [record.__dict__["family"] for record in caplog.records] == [str(family.pk)]
    assert refused(second.refresh)


def test_who_loses_a_race_is_refused_and_ends_nothing(user: User) -> None:
    first = issue_tokens(user=user)
    second = rotate_tokens(refresh=first.refresh)
    assert refused(first.refresh)
    assert rotate_tokens(refresh=second.refresh)


def test_a_token_spent_two_times_ago_ends_the_family_at_once(user: User) -> None:
    first = issue_tokens(user=user)
    third = rotate_tokens(refresh=rotate_tokens(refresh=first.refresh).refresh)
    assert refused(first.refresh)
    assert refused(third.refresh)


def test_one_family_does_not_end_with_another(user: User) -> None:
    stolen, other = issue_tokens(user=user), issue_tokens(user=user)
    rotate_tokens(refresh=stolen.refresh)
    spent_long_ago(stolen)
    assert refused(stolen.refresh)
    assert rotate_tokens(refresh=other.refresh)


def test_a_refresh_prolongs_the_family(user: User) -> None:
    first = issue_tokens(user=user)
    soon = timezone.now() + timedelta(hours=1)
    TokenFamily.objects.update(expires_at=soon)
    rotate_tokens(refresh=first.refresh)
    assert family_of(first).expires_at > soon + timedelta(days=29)


def deactivate(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def take_chat_away(user: User) -> None:
    User.objects.filter(pk=user.pk).update(can_use_chat=False)


def change_password(user: User) -> None:
    user.set_password("another one entirely")
    user.save()


def run_out(user: User) -> None:
    user.token_families.update(expires_at=timezone.now() - timedelta(hours=1))


@pytest.mark.parametrize("change", [deactivate, take_chat_away, change_password, run_out])
def test_nobody_refreshes_who_may_no_longer_come_in(user: User, change: Callable[[User], None]) -> None:
    first = issue_tokens(user=user)
    change(user)
    assert refused(first.refresh)
    assert family_of(first).revoked_at is None  # nothing was stolen


def test_a_log_in_proved_by_an_old_password_gives_tokens_that_are_dead(user: User) -> None:
    proved = User.objects.get(pk=user.pk)
    change_password(user)
    assert refused(issue_tokens(user=proved).refresh)


@pytest.mark.parametrize("which", ["current", "spent", "late"])
def test_any_refresh_token_of_a_family_revokes_it(user: User, which: str) -> None:
    first = issue_tokens(user=user)
    second = rotate_tokens(refresh=first.refresh)
    family = family_of(first)
    if which == "late":
        family.expires_at = timezone.now() - timedelta(days=1)
    late = tokens.sign("refresh", family)
    revoke_tokens(refresh={"current": second.refresh, "spent": first.refresh, "late": late}[which])
    assert refused(second.refresh)
    ended = family_of(first).revoked_at
    revoke_tokens(refresh=first.refresh)
    assert family_of(first).revoked_at == ended


def test_an_access_token_revokes_nothing(user: User) -> None:
    made = issue_tokens(user=user)
    with pytest.raises(Unauthorized):
        revoke_tokens(refresh=made.access)
    assert family_of(made).revoked_at is None


def test_families_that_ended_long_ago_are_deleted_in_batches(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_services, "BATCH", 2)
    for _ in range(6):
        issue_tokens(user=user)
    over = list(TokenFamily.objects.values_list("pk", flat=True)[:5])
    TokenFamily.objects.filter(pk__in=over).update(expires_at=timezone.now() - timedelta(days=8))
    just_over = issue_tokens(user=user)
    TokenFamily.objects.filter(pk=family_of(just_over).pk).update(expires_at=timezone.now())
    assert delete_dead_families(batches=2) == 4
    assert delete_dead_families(batches=10) == 1
    assert TokenFamily.objects.count() == 2
