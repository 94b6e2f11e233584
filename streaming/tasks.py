"""Celery tasks: the waits and what happens after an answer. Each takes ids only and may run twice."""

import asyncio
import logging
from uuid import UUID

from celery import shared_task

from chatbot.lib.redis import close_async_redis
from conversations.services import set_generated_title
from streaming import sweeper
from streaming.llm import client
from streaming.llm.errors import LLMError
from streaming.titles import ask_for_title, title_material

logger = logging.getLogger(__name__)


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

    async def ask() -> str | None:
        try:
            return await ask_for_title(material)
        finally:
            await client.close()
            await close_async_redis()

    try:
        title = asyncio.run(ask())
    except LLMError as error:
        logger.warning("no title", extra={"conversation": conversation_id, "error": str(error)})
        return False
    if not title:
        return False
    return set_generated_title(
        conversation_id=UUID(conversation_id), title=title, instead_of=material.provisional_title
    )
