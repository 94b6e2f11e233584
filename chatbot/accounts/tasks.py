"""Celery tasks of accounts."""

from celery import shared_task

from chatbot.accounts import token_services

# A hundred thousand an hour, each batch a statement of its own.
BATCHES = 100


@shared_task(name="chatbot.accounts.delete_dead_families")
def delete_dead_families() -> int:
    """Deletes token families that ended long ago; gives how many. What is left comes next time."""
    return token_services.delete_dead_families(batches=BATCHES)
