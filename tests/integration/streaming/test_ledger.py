"""The rows of completions: exact limits, leases, what is left of a call whose process died."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from chatbot.accounts.models import User
from chatbot.lib.errors import QuotaExceeded
from chatbot.lib.ids import new_id
from streaming import intake, ledger, sweeper
from streaming.ledger import Tokens
from streaming.models import Completion, LanguageModel
from streaming.services import NewMessage, submit_message
from tests.factories import make_model, make_provider

Status = Completion.Status


@pytest.fixture
def model(db: None) -> LanguageModel:
    """A model that nobody asks."""
    return make_model(make_provider())


def open_row(user: User, model: LanguageModel) -> UUID | None:
    """As the service does: under the lock of the user's row."""
    completion_id = new_id(user.id)
    with transaction.atomic():
        allowed = intake.lock_sender(user.id)
        assert allowed is not None
        opened = ledger.open_completion(
            completion_id=completion_id,
            user_id=user.id,
            language_model_id=model.pk,
            prompt_tokens=7,
            allowed=allowed,
        )
    return completion_id if opened else None


def expire(completion_id: UUID) -> None:
    Completion.objects.filter(pk=completion_id).update(expires_at=timezone.now() - timedelta(minutes=1))


@pytest.mark.django_db(transaction=True)
def test_of_many_calls_at_once_exactly_as_many_as_allowed_are_let_in(user: User, model: LanguageModel) -> None:
    user.tier.concurrent_generations = 3
    user.tier.save()

    def attempt(_: int) -> bool:
        try:
            return open_row(user, model) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as threads:
        assert sum(threads.map(attempt, range(40))) == 3
    assert Completion.objects.count() == 3


def test_messages_and_calls_share_one_limit(user: User, model: LanguageModel) -> None:
    user.tier.concurrent_generations = 2
    user.tier.save()
    first = open_row(user, model)
    submit_message(user=user, new=NewMessage(client_message_id=uuid4(), content="Hello"))
    assert open_row(user, model) is None
    with pytest.raises(QuotaExceeded):
        submit_message(user=user, new=NewMessage(client_message_id=uuid4(), content="Hello"))
    assert first
    ledger.settle(first, Status.COMPLETED, Tokens(1, 2, estimated=False))
    assert open_row(user, model)


def test_one_users_calls_are_none_of_anothers(user: User, other_user: User, model: LanguageModel) -> None:
    user.tier.concurrent_generations = 1
    user.tier.save()
    assert open_row(user, model)
    assert open_row(user, model) is None
    assert open_row(other_user, model)


def test_a_lease_that_ended_counts_no_longer_and_a_beat_renews_it(user: User, model: LanguageModel) -> None:
    user.tier.concurrent_generations = 1
    user.tier.save()
    lost = open_row(user, model)
    assert lost
    expire(lost)
    kept = open_row(user, model)
    assert kept
    expire(kept)
    ledger.beat(kept, Tokens(7, 30, estimated=True))
    assert open_row(user, model) is None
    assert Completion.objects.get(pk=kept).completion_tokens == 30


def test_the_sweeper_ends_what_a_dead_process_left_and_keeps_what_it_told(user: User, model: LanguageModel) -> None:
    lost, alive = open_row(user, model), open_row(user, model)
    assert lost
    assert alive
    ledger.beat(lost, Tokens(7, 30, estimated=True))
    expire(lost)
    assert sweeper.sweep() == 1
    row = Completion.objects.get(pk=lost)
    assert (row.status, row.error_code, row.estimated) == (Status.FAILED, "internal", True)
    assert (row.prompt_tokens, row.completion_tokens) == (7, 30)
    assert row.finished_at
    assert Completion.objects.get(pk=alive).status == Status.RUNNING
    assert sweeper.sweep() == 0


def test_a_process_that_only_slept_corrects_what_the_sweeper_said(user: User, model: LanguageModel) -> None:
    late = open_row(user, model)
    assert late
    expire(late)
    sweeper.sweep()
    ledger.settle(late, Status.COMPLETED, Tokens(8, 9, estimated=False))
    row = Completion.objects.get(pk=late)
    assert (row.status, row.error_code, row.completion_tokens, row.estimated) == (Status.COMPLETED, "", 9, False)
