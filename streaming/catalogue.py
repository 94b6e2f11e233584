"""Which models there are, and which targets a request for one of them may go to."""

import time
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, QuerySet

from chatbot.lib import metrics
from chatbot.lib.errors import InvalidInput, ProviderUnavailable
from streaming.llm.errors import LLMError, Misconfigured
from streaming.llm.types import Target, Timeouts
from streaming.models import LanguageModel, Provider, ProviderKey

# A chain of fallbacks longer than this is a mistake, and a ring must end.
LONGEST_CHAIN = 5


def available_models() -> QuerySet[LanguageModel]:
    """The models that users may choose, the default first."""
    return LanguageModel.objects.filter(enabled=True, provider__enabled=True).select_related("provider")


def choose_model(slug: str | None) -> LanguageModel:
    """The model called `slug`, or the default; raises InvalidInput for an unknown one, ProviderUnavailable for none."""
    models = available_models()
    if slug:
        model = models.filter(slug=slug).first()
        if model is None:
            raise InvalidInput("There is no such model.", details={"model": slug})
        return model
    model = models.first()
    if model is None:
        raise ProviderUnavailable(
            "No language model is set up yet.",
            fallback_suggestions=["Ask those who run this service to set one up."],
        )
    return model


def model_called(slug: str) -> LanguageModel | None:
    """The model called `slug` that users may choose, as it was up to CATALOGUE_SECONDS ago."""
    return next((model for model in _models_with_keys().values() if model.slug == slug), None)


def targets_for(model: LanguageModel | None, *, temperature: float | None = None) -> list[Target]:
    """Where an answer of `model` can come from: its own target, then those of its fallbacks."""
    targets: list[Target] = []
    seen: set[int] = set()
    by_id = _models_with_keys()
    current = by_id.get(model.pk) if model else None
    while current is not None and current.pk not in seen and len(seen) < LONGEST_CHAIN:
        seen.add(current.pk)
        if target := _target(current, temperature):
            targets.append(target)
        current = by_id.get(current.fallback_id) if current.fallback_id else None
    return targets


def time_limits() -> Timeouts:
    """How long a target may take, as the settings say."""
    return Timeouts(settings.LLM_CONNECT_TIMEOUT, settings.LLM_FIRST_TOKEN_TIMEOUT, settings.LLM_TOKEN_GAP_TIMEOUT)


def count_failure(target: Target, error: LLMError) -> None:
    """Lets an alert find what only staff can mend; other targets may answer for this one meanwhile."""
    if isinstance(error, Misconfigured):
        metrics.ERRORS.labels("provider_misconfigured").inc()


_kept: tuple[float, dict[int, LanguageModel]] = (0.0, {})


def _models_with_keys() -> dict[int, LanguageModel]:
    """The available models with the keys of their providers, as they were up to CATALOGUE_SECONDS ago."""
    global _kept
    since, by_id = _kept
    now = time.monotonic()
    if now >= since + settings.CATALOGUE_SECONDS:
        keys = Prefetch("provider__keys", ProviderKey.objects.filter(enabled=True))
        by_id = {row.pk: row for row in available_models().prefetch_related(keys)}
        _kept = (now, by_id)
    return by_id


def _target(model: LanguageModel, temperature: float | None) -> Target | None:
    provider: Provider = model.provider
    key = next(iter(provider.keys.all()), None)
    if key is None:
        return None
    own = float(model.temperature) if model.temperature is not None else None
    return Target(
        provider=provider.slug,
        base_url=provider.base_url,
        api_key=key.value,
        model=model.provider_model,
        language_model=model.slug,
        context_window=model.context_window,
        max_output_tokens=model.max_output_tokens,
        can_prefill=model.can_prefill,
        can_see=model.can_see,
        temperature=temperature if temperature is not None else own,
        parameters=model.parameters,
    )


def model_as_dict(model: LanguageModel) -> dict[str, Any]:
    """The model as the doors of the contract show it."""
    return {
        "id": model.slug,
        "name": model.name,
        "provider": model.provider.name,
        "context_window": model.context_window,
        "max_output_tokens": model.max_output_tokens,
        "can_see": model.can_see,
        "default": model.is_default,
    }
