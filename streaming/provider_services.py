"""Writes to providers and their keys, and the test of a connection."""

import asyncio
import time
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from chatbot.accounts.models import User
from moderation import audit
from streaming.catalogue import targets_for
from streaming.llm import client
from streaming.llm.errors import LLMError
from streaming.llm.types import ChatMessage, Prompt, Target, Timeouts
from streaming.models import LanguageModel, Provider, ProviderKey

ENVIRONMENT_SLUG = "default"
TEST_TIMEOUTS = Timeouts(connect=5, first_token=20, token_gap=10)
TEST_TOKENS = 8


@dataclass(frozen=True, slots=True)
class ConnectionTest:
    """What a test found. `first_token_ms` is None when it failed, `error` when it worked."""

    target: str
    first_token_ms: int | None
    error: str | None


@transaction.atomic
def save_provider_key(*, key: ProviderKey, actor: User | None) -> ProviderKey:
    """Stores a key, sealed, with its last four characters in the clear."""
    key.ending = key.value[-4:] if len(key.value) >= 12 else ""
    key.save()
    audit.record(
        action="provider_key.saved",
        actor=actor,
        target_type="provider_key",
        target_id=key.pk,
        details={"provider": key.provider.slug, "label": key.label, "enabled": key.enabled},
    )
    return key


@transaction.atomic
def rotate_provider_keys(*, actor: User | None) -> int:
    """Seals every stored key anew with the first key of ENCRYPTION_KEYS; gives how many."""
    keys = list(ProviderKey.objects.select_for_update())
    for key in keys:
        key.rotated_at = timezone.now()
        key.save(update_fields=["value", "rotated_at"])
    audit.record(action="provider_key.rotated", actor=actor, details={"count": len(keys)})
    return len(keys)


def test_connection(*, provider: Provider) -> list[ConnectionTest]:
    """Asks every enabled model of `provider` for a word."""
    models = provider.models.filter(enabled=True)
    targets = [target for model in models for target in targets_for(model)[:1] if target.provider == provider.slug]
    if not targets:
        return [ConnectionTest(provider.slug, None, "There is no enabled model with an enabled key.")]

    async def run() -> list[ConnectionTest]:
        try:
            return [await _test(target) for target in targets]
        finally:
            await client.close()

    return asyncio.run(run())


async def _test(target: Target) -> ConnectionTest:
    started = time.monotonic()
    first: list[float] = []
    prompt = Prompt([ChatMessage(role="user", content="Say hello.")], max_tokens=TEST_TOKENS, tokens=16)
    try:
        await client.stream_chat(target, prompt, lambda _: first.append(time.monotonic()), TEST_TIMEOUTS)
    except LLMError as error:
        return ConnectionTest(target.name, None, str(error))
    if not first:
        return ConnectionTest(target.name, None, "The model answered without text.")
    return ConnectionTest(target.name, round((first[0] - started) * 1000), None)


@transaction.atomic
def ensure_environment_provider() -> None:
    """Makes the provider, key and model that the environment names, and follows the environment when it changes.

    What staff set on the model later (name, limits, temperature) stays.
    """
    if not settings.OPENAI_API_KEY:
        return
    moved = Provider.objects.filter(slug=ENVIRONMENT_SLUG).exclude(base_url=settings.OPENAI_BASE_URL).exists()
    provider, _ = Provider.objects.update_or_create(
        slug=ENVIRONMENT_SLUG,
        defaults={"base_url": settings.OPENAI_BASE_URL, "from_environment": True},
        create_defaults={"name": "Default", "base_url": settings.OPENAI_BASE_URL, "from_environment": True},
    )
    key = provider.keys.filter(label="environment").first() or ProviderKey(provider=provider, label="environment")
    if key.pk is None or key.value != settings.OPENAI_API_KEY:
        key.value = settings.OPENAI_API_KEY
        save_provider_key(key=key, actor=None)
    if moved:
        # Nobody at the new address knows the models of the old one.
        provider.models.exclude(provider_model=settings.OPENAI_MODEL).update(enabled=False, is_default=False)
    _ensure_environment_model(provider)


def _ensure_environment_model(provider: Provider) -> None:
    slug = settings.OPENAI_MODEL.rsplit("/", 1)[-1].replace(".", "-").replace(":", "-").lower()
    LanguageModel.objects.get_or_create(
        slug=slug,
        defaults={
            "name": settings.OPENAI_MODEL,
            "provider": provider,
            "provider_model": settings.OPENAI_MODEL,
            "context_window": settings.OPENAI_CONTEXT_WINDOW,
            "max_output_tokens": settings.OPENAI_MAX_OUTPUT_TOKENS,
            "can_prefill": settings.OPENAI_PREFILL,
            "can_see": settings.OPENAI_VISION,
            "is_default": not LanguageModel.objects.filter(is_default=True).exists(),
        },
    )
