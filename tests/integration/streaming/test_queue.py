"""The queue: claims, leases, fencing, retries."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from chatbot.accounts.models import User
from conversations.models import Message
from streaming import queue, sweeper
from streaming.models import Generation, LanguageModel
from streaming.queue import Checkpoint, Claim, Outcome
from streaming.services import NewMessage, submit_message
from tests.factories import make_model, make_provider

Status = Generation.Status


@pytest.fixture
def model(db: None) -> LanguageModel:
    return make_model(make_provider("http://127.0.0.1:9/v1"), slug="fake-1", is_default=True)


@pytest.fixture
def queued(user: User, model: LanguageModel) -> Generation:
    submit_message(user=user, new=NewMessage(client_message_id=uuid4(), content="Hello"))
    return Generation.objects.get()


def claim() -> Claim:
    (claimed,) = queue.claim(engine="e1", limit=5)
    return claimed


def expire_lease() -> None:
    Generation.objects.update(lease_expires_at=timezone.now() - timedelta(minutes=1))


OUTCOME = Outcome(status=Status.COMPLETED, content="Paris", seq=7, tokens=3, metadata={"model": "fake-1"})


def test_a_claim_takes_the_row_under_a_lease(queued: Generation) -> None:
    claimed = claim()
    queued.refresh_from_db()
    assert (claimed.attempt, queued.status, queued.engine) == (1, Status.RUNNING, "e1")
    assert queued.lease_expires_at is not None
    assert 14 <= (queued.lease_expires_at - timezone.now()).total_seconds() <= 15
    assert 0 <= claimed.age_ms < 10_000
    assert queue.claim(engine="e2", limit=5) == []


@pytest.mark.django_db(transaction=True)
def test_engines_that_claim_at_once_never_get_the_same_row(user: User) -> None:
    make_model(make_provider("http://127.0.0.1:9/v1"), slug="fake-1", is_default=True)
    user.tier.concurrent_generations = 40
    user.tier.messages_per_minute = 1_000
    user.tier.save()
    for _ in range(40):
        submit_message(user=user, new=NewMessage(client_message_id=uuid4(), content="Hello"))

    def take(number: int) -> list[Claim]:
        try:
            return queue.claim(engine=f"e{number}", limit=5)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        claims = [claim for taken in threads.map(take, range(16)) for claim in taken]
    assert len(claims) == len({claim.generation_id for claim in claims}) == 40


def test_a_finish_commits_state_content_and_counters_together(queued: Generation) -> None:
    assert queue.finish(claim(), OUTCOME)
    queued.refresh_from_db()
    message = Message.objects.get(pk=queued.message_id)
    assert (queued.status, message.status, message.content, message.tokens) == ("completed", "completed", "Paris", 3)
    assert queued.conversation.total_tokens == 3


def test_a_fenced_attempt_changes_nothing(queued: Generation) -> None:
    old = claim()
    expire_lease()
    assert queue.requeue_due() == 1
    new = claim()
    assert new.attempt == 2
    assert not queue.finish(old, OUTCOME)
    assert queue.checkpoint([Checkpoint(old, text="old", seq=9)]) == 0
    assert not queue.retry_later(old, seconds=1, error_code="internal", error_message="")
    assert not queue.release(old)
    assert queue.heartbeat([old]) == {}
    queued.refresh_from_db()
    assert (queued.status, queued.checkpoint, queued.attempt) == (Status.RUNNING, "", 2)
    assert queue.finish(new, OUTCOME)


def test_a_heartbeat_renews_the_lease_and_brings_the_stop(queued: Generation) -> None:
    claimed = claim()
    expire_lease()
    assert queue.heartbeat([claimed]) == {queued.pk: False}
    assert queue.requeue_due() == 0
    Generation.objects.update(stop_requested=True)
    assert queue.heartbeat([claimed]) == {queued.pk: True}


def test_a_retry_waits_until_it_is_due(queued: Generation) -> None:
    assert queue.retry_later(claim(), seconds=30, error_code="provider_unavailable", error_message="500")
    assert queue.requeue_due() == 0
    assert queue.claim(engine="e1", limit=1) == []
    Generation.objects.update(due_at=timezone.now())
    assert queue.requeue_due() == 1
    assert claim().attempt == 2


def test_a_released_attempt_does_not_count(queued: Generation) -> None:
    for _ in range(5):
        assert queue.release(claim())
    assert not claim().last_attempt


def test_the_sweep_fails_what_lost_its_last_lease_and_keeps_its_text(queued: Generation) -> None:
    Generation.objects.update(attempts_allowed=1)
    assert queue.checkpoint([Checkpoint(claim(), text="Half an ans", seq=4)]) == 1
    expire_lease()
    assert sweeper.sweep() == 1
    queued.refresh_from_db()
    message = Message.objects.get(pk=queued.message_id)
    assert (queued.status, message.status, message.content) == (Status.FAILED, "failed", "Half an ans")
    assert queued.metadata["error"]["code"] == "internal"
    assert sweeper.sweep() == 0
