"""Celery tasks of moderation. Each may run twice, and goes on where it was interrupted."""

from celery import shared_task

from chatbot.lib.redis import sync_redis
from chatbot.lib.tasks import enqueue_on_commit
from moderation.retention import run

SECONDS = 60.0
# A batch that holds one very long conversation takes minutes.
LONGEST_SECONDS = 3_600
# A worker that dies keeps the lock for so long: shorter than the broker waits before it delivers the task again.
LOCK_SECONDS = 300


@shared_task(name="moderation.apply_retention", time_limit=LONGEST_SECONDS)
def apply_retention() -> bool:
    """Takes out what is over; gives whether there was time for all of it. Beat calls it every night, and it calls
    itself until it is through. One at a time: two would do no harm, but the same work twice.
    """
    lock = sync_redis().lock("retention", timeout=LOCK_SECONDS)
    if not lock.acquire(blocking=False):
        return False
    try:
        finished = run.apply_retention(seconds=SECONDS)
    finally:
        if lock.owned():
            lock.release()
    if not finished:
        enqueue_on_commit("moderation.apply_retention")
    return finished
