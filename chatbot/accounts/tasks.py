"""Celery tasks of accounts."""

from celery import shared_task

from chatbot.accounts import sessions, token_services

# A hundred thousand an hour, each batch a statement of its own.
BATCHES = 100


@shared_task(name="chatbot.accounts.delete_dead_families")
def delete_dead_families() -> int:
    """Deletes token families that ended long ago; gives how many. What is left comes next time."""
    return token_services.delete_dead_families(batches=BATCHES)


@shared_task(name="chatbot.accounts.delete_dead_sessions")
def delete_dead_sessions() -> int:
    """Deletes sessions that have expired, and what was written down of them; gives how many rows."""
    return sessions.delete_dead_sessions(batches=BATCHES)
