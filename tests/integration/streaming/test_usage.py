"""`usage/`: what a user has used and has left."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient

from chatbot.accounts.models import Tier, User
from chatbot.lib import ratelimit
from chatbot.lib.errors import RateLimited
from chatbot.lib.ids import new_id
from conversations.models import Attachment, Message
from streaming.models import Completion, Generation
from streaming.usage import TokensSpent, usage_of
from tests.factories import make_conversation, make_message

USAGE = "/api/v1/usage/"
NOW = datetime(2030, 5, 17, 12, tzinfo=UTC)


def make_generation(user: User, *, at: datetime = NOW, status: str = "completed", **metadata: Any) -> Generation:
    conversation = make_conversation(user)
    made = Generation.objects.create(
        id=new_id(user.pk),
        user=user,
        conversation=conversation,
        prompt=make_message(conversation),
        message=make_message(conversation, role=Message.Role.ASSISTANT),
        status=status,
        metadata=metadata,
    )
    Generation.objects.filter(pk=made.pk).update(created_at=at)
    return made


def make_completion(user: User, *, at: datetime = NOW, **fields: Any) -> None:
    values = {"status": "completed", "expires_at": at + timedelta(minutes=1), **fields}
    made = Completion.objects.create(id=new_id(user.pk), user=user, **values)
    Completion.objects.filter(pk=made.pk).update(created_at=at)


def make_attachment(user: User, size: int) -> None:
    Attachment.objects.create(id=new_id(user.pk), user=user, name="a", kind="text", media_type="text/plain", size=size)


def test_who_has_used_nothing_has_everything_left(
    api: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):  # the user, the sums
        usage = api.get(USAGE).json()
    messages, requests = usage.pop("messages"), usage.pop("requests")
    assert 1 <= messages.pop("reset_after") <= 60
    assert 1 <= requests.pop("reset_after") <= 60
    assert messages == {"limit": 20, "used": 0, "remaining": 20}
    assert requests == {"limit": 600, "used": 1, "remaining": 599}
    assert usage == {
        "generations": {"limit": 3, "used": 0},
        "storage": {"limit": 1_000_000_000, "used": 0},
        "tokens": {"today": {"prompt": 0, "completion": 0}, "month": {"prompt": 0, "completion": 0}},
    }


def test_tokens_of_answers_and_of_calls_are_summed_by_day_and_by_month(user: User, other_user: User) -> None:
    make_generation(user, prompt_tokens=1, completion_tokens=2)
    make_generation(user, at=NOW.replace(hour=0), prompt_tokens=10, completion_tokens=20)
    make_completion(user, prompt_tokens=100, completion_tokens=200)
    make_generation(user, at=NOW - timedelta(days=1), prompt_tokens=1_000, completion_tokens=2_000)
    make_completion(user, at=NOW.replace(day=1, hour=0), prompt_tokens=10_000, completion_tokens=20_000)
    make_generation(user, at=NOW.replace(day=1, hour=0) - timedelta(seconds=1), prompt_tokens=7, completion_tokens=7)
    make_completion(other_user, prompt_tokens=7, completion_tokens=7)
    report = usage_of(user=user, now=NOW)
    assert report.today == TokensSpent(prompt=111, completion=222)
    assert report.month == TokensSpent(prompt=11_111, completion=22_222)


@pytest.mark.parametrize("told", [{}, {"prompt_tokens": None}, {"prompt_tokens": "many"}, {"prompt_tokens": [1]}])
def test_what_a_provider_did_not_count_counts_as_none(user: User, told: dict[str, Any]) -> None:
    make_generation(user, completion_tokens=5, **told)
    assert usage_of(user=user, now=NOW).today == TokensSpent(prompt=0, completion=5)


def test_what_is_being_written_is_counted_and_calls_of_dead_processes_are_not(user: User, other_user: User) -> None:
    for status in ("queued", "running", "retrying", "failed"):
        make_generation(user, status=status)
    make_completion(user, status="running", expires_at=timezone.now() + timedelta(minutes=1))
    make_completion(user, status="running", expires_at=timezone.now() - timedelta(hours=1))
    make_generation(other_user, status="running")
    assert usage_of(user=user).generations == 4


def test_the_bytes_of_attachments_are_summed(user: User, other_user: User) -> None:
    for owner, size in ((user, 3_000_000_000), (user, 5), (other_user, 7)):
        make_attachment(owner, size)
    assert usage_of(user=user).storage_bytes == 3_000_000_005


def test_messages_count_and_refused_ones_do_not(user: User, api: APIClient) -> None:
    Tier.objects.update(messages_per_minute=2)
    for _ in range(2):
        ratelimit.take(user.pk, per_minute=2)
    with pytest.raises(RateLimited):
        ratelimit.take(user.pk, per_minute=2)
    messages = api.get(USAGE).json()["messages"]
    assert (messages["limit"], messages["used"], messages["remaining"]) == (2, 2, 0)


def test_without_redis_nobody_can_tell(api: APIClient, settings: Settings) -> None:
    away = {**settings.CACHES["limits"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {**settings.CACHES, "limits": away}
    response = api.get(USAGE)
    assert (response.status_code, response.json()["error"]["code"]) == (503, "overloaded")


def test_strangers_are_told_nothing(db: None) -> None:
    assert APIClient().get(USAGE).status_code == 401
    assert APIClient().get(f"{USAGE}{uuid4()}/").status_code == 404
