"""Enqueues Celery tasks by name, after the commit, so that no layer imports the tasks of a higher one."""

import logging
from functools import partial
from typing import Any

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def _send(name: str, args: tuple[Any, ...], countdown: float) -> None:
    try:
        current_app.send_task(name, args=args, countdown=countdown, retry=False)
    except OperationalError as error:
        # Due times live in PostgreSQL and the sweeper finds them: a lost task is late, never lost work.
        logger.warning("task not enqueued", extra={"task": name, "error": str(error)})


def enqueue_on_commit(name: str, *args: Any, countdown: float = 0) -> None:
    """Sends the task `name` once the current transaction is committed (at once outside of one).

    `args` are ids, never objects; `countdown` is in seconds.
    """
    transaction.on_commit(partial(_send, name, args, countdown))
