"""Enqueues Celery tasks by name, after the commit, so that no layer imports the tasks of a higher one."""

import logging
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from celery import Celery
from celery.app import app_or_default
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

# The broker may take seconds to be found missing. Nobody who has just committed waits for that.
_sender = ThreadPoolExecutor(1, thread_name_prefix="enqueue")


def _send(app: Celery, name: str, args: tuple[Any, ...], countdown: float) -> None:
    try:
        app.send_task(name, args=args, countdown=countdown, retry=False)
    except (OperationalError, RedisError, OSError) as error:
        # Due times live in PostgreSQL and the sweeper finds them: a lost task is late, never lost work.
        logger.warning("task not enqueued", extra={"task": name, "error": str(error)})


def enqueue_on_commit(name: str, *args: Any, countdown: float = 0) -> None:
    """Sends the task `name` once the current transaction is committed (soon, outside of one), without waiting for it.

    `args` are ids, never objects; `countdown` is in seconds.
    """
    app = app_or_default()  # the application of this thread, not of the one that sends
    transaction.on_commit(partial(_sender.submit, _send, app, name, args, countdown))


def wait_until_sent(seconds: float) -> None:
    """Waits until everything that was handed over has been sent or given up; raises TimeoutError."""
    _sender.submit(lambda: None).result(seconds)
