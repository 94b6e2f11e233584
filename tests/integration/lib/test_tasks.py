"""Tasks are handed to the broker by name, after the commit."""

import json
from collections.abc import Iterator
from uuid import uuid4

import pytest
from celery import Celery
from django.conf import settings
from django.db import transaction

from chatbot.celery import app
from chatbot.lib.redis import sync_redis
from chatbot.lib.tasks import enqueue_on_commit, wait_until_sent

QUEUE = "celery:celery"


@pytest.fixture
def work() -> Iterator[str]:
    """The id that a task of this test carries."""
    yield str(uuid4())
    sync_redis().delete(QUEUE)


def enqueued(work: str) -> list[str]:
    """The names of the tasks in the broker that carry the id."""
    wait_until_sent(10)
    messages = [json.loads(message)["headers"] for message in sync_redis().lrange(QUEUE, 0, -1)]
    return [headers["task"] for headers in messages if work in headers["argsrepr"]]


@pytest.mark.django_db(transaction=True)
def test_a_task_is_sent_after_the_commit_and_not_before(work: str) -> None:
    with transaction.atomic():
        enqueue_on_commit("some.task", work)
        assert enqueued(work) == []
    assert enqueued(work) == ["some.task"]


@pytest.mark.django_db(transaction=True)
def test_a_task_of_a_transaction_that_failed_is_never_sent(work: str) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        enqueue_on_commit("some.task", work)
        _ = 1 / 0
    assert enqueued(work) == []


@pytest.mark.django_db(transaction=True)
def test_outside_of_a_transaction_a_task_is_sent_at_once(work: str) -> None:
    enqueue_on_commit("some.task", work, countdown=3)
    assert enqueued(work) == ["some.task"]


@pytest.fixture
def broker_away() -> Iterator[None]:
    """Celery without a broker that can be reached."""
    away = Celery("away", broker="redis://127.0.0.1:1/0", set_as_current=False)
    away.conf.update(task_ignore_result=settings.CELERY_TASK_IGNORE_RESULT)
    away.set_current()
    yield
    app.set_current()
    away.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("broker_away")
def test_a_broker_that_is_away_is_a_warning_and_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    with transaction.atomic():
        enqueue_on_commit("some.task", str(uuid4()))
    wait_until_sent(20)
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == ["task not enqueued"]
