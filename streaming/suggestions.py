"""What somebody can do whose answer could not be written."""

import logging
import math

from redis.exceptions import RedisError

from chatbot.lib import breaker
from streaming.catalogue import available_models
from streaming.models import LanguageModel

logger = logging.getLogger(__name__)

MOST_MODELS = 2
PROVIDER_TROUBLE = {"provider_unavailable", "provider_timeout"}
TOO_LONG = "context_length_exceeded"


def suggest(*, chosen: str, code: str, retry_after: float | None) -> list[str]:
    """Plain sentences for the reader: when to try again, and which other models there are that may do better.

    `chosen` is the slug of the model that failed with `code`; `retry_after` is in seconds.
    """
    if code not in {*PROVIDER_TROUBLE, TOO_LONG}:
        return []
    sentences = []
    models = list(available_models().filter(provider__keys__enabled=True).distinct())
    rests = _rests(models)
    failed = next((model for model in models if model.slug == chosen), None)
    if code in PROVIDER_TROUBLE:
        wait = max(retry_after or 0.0, rests.get(chosen, 0))
        if wait:
            sentences.append(f"Try again in about {math.ceil(wait)} s.")
    others = [model for model in models if model.slug != chosen and not rests.get(model.slug)]
    if code == TOO_LONG:
        others = [model for model in others if failed is None or model.context_window > failed.context_window]
    if others:
        sentences.append(f"Choose another model: {' or '.join(model.name for model in others[:MOST_MODELS])}.")
    return sentences


def _rests(models: list[LanguageModel]) -> dict[str, int]:
    """Seconds that each model rests after failures, by slug."""
    try:
        rests = breaker.rests_of([f"{model.provider.slug}/{model.provider_model}" for model in models])
    except RedisError as error:
        logger.warning("breaker not reached", extra={"error": str(error)})
        return {}
    return {model.slug: rest for model, rest in zip(models, rests, strict=True)}
