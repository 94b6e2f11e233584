"""Celery tasks: the waits and what happens after an answer. Each takes ids only and may run twice."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar
from uuid import UUID

from celery import shared_task

from chatbot.lib.redis import close_async_redis, sync_redis
from conversations.services import set_generated_title
from streaming import sweeper
from streaming.llm import client
from streaming.llm.errors import LLMError
from streaming.models import Generation
from streaming.summaries import ROUNDS, ask_for_summary, keep_summary, summary_material
from streaming.titles import ask_for_title, title_material

logger = logging.getLogger(__name__)

T = TypeVar("T")
# Longer than a summary takes; after that the lock of a worker that died is gone.
SUMMARY_SECONDS = 300


def _run(question: Coroutine[Any, Any, T]) -> T:
    """What a provider says, asked in a loop of its own; raises LLMError."""

    async def ask() -> T:
        try:
            return await question
        finally:
            await client.close()
            await close_async_redis()

    return asyncio.run(ask())


@shared_task(name="streaming.sweep")
def sweep() -> int:
    """Beat calls it every 5 s, and a retry when it is due; the engines sweep as well. What is due says the database."""
    return sweeper.sweep()


@shared_task(name="streaming.generate_title")
def generate_title(conversation_id: str) -> bool:
    """Lets the model name a conversation after its first answer. Its first title stays when the model has none."""
    material = title_material(UUID(conversation_id))
    if material is None:
        return False

    try:
        title = _run(ask_for_title(material))
    except LLMError as error:
        logger.warning("no title", extra={"conversation": conversation_id, "error": str(error)})
        return False
    if not title:
        return False
    return set_generated_title(
        conversation_id=UUID(conversation_id), title=title, instead_of=material.provisional_title
    )


@shared_task(name="streaming.summarise")
def summarise(message_id: str) -> int:
    """Sums up what no longer fits into prompts after the answer `message_id`; gives how many summaries it made.

    One at a time for a conversation: who comes second leaves it to the first, and the next answer asks again. A model
    that fails leaves the earlier summary as it is.
    """
    conversation_id = Generation.objects.filter(message_id=message_id).values_list("conversation_id", flat=True).first()
    lock = sync_redis().lock(f"conv:{conversation_id}:summary", timeout=SUMMARY_SECONDS)
    if conversation_id is None or not lock.acquire(blocking=False):
        return 0
    made = 0
    try:
        while made < ROUNDS and (material := summary_material(UUID(message_id))):
            content = _run(ask_for_summary(material))
            if not content or not keep_summary(material, content):
                break
            made += 1
    except LLMError as error:
        logger.warning("no summary", extra={"answer": message_id, "error": str(error)})
    finally:
        if lock.owned():
            lock.release()
    return made
