"""What a reader is advised whose answer could not be written."""

import asyncio
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from chatbot.dev.fakellm import FakeLLM, Script
from chatbot.lib import breaker
from chatbot.lib.redis import close_async_redis
from streaming.engine.worker import Engine
from streaming.models import LanguageModel, Provider
from streaming.suggestions import suggest
from tests.factories import make_model, make_provider
from tests.integration.streaming.conftest import Follow, Send


@pytest.fixture
def provider(db: None) -> Provider:
    """A provider whose breakers no other test touches."""
    return make_provider(slug=f"ours-{uuid4()}")


@pytest.fixture
def model(provider: Provider) -> LanguageModel:
    """The model that failed."""
    return make_model(provider, slug="large", name="Large", context_window=8_000)


def rest(*models: LanguageModel) -> None:
    """Opens the breakers of `models`."""

    async def fail() -> None:
        for model in models * breaker.FAILURES:
            await breaker.failed(f"{model.provider.slug}/{model.provider_model}")
        await close_async_redis()

    asyncio.run(fail())


def advice(code: str = "provider_unavailable", retry_after: float | None = None) -> list[str]:
    return suggest(chosen="large", code=code, retry_after=retry_after)


def test_the_wait_that_the_provider_named_is_told(model: LanguageModel) -> None:
    assert advice(retry_after=6.2) == ["Try again in about 7 s."]


def test_a_resting_model_says_for_how_long(model: LanguageModel) -> None:
    rest(model)
    (sentence,) = advice("provider_timeout")
    assert sentence.startswith("Try again in about ")


def test_up_to_two_models_are_named_that_can_answer(model: LanguageModel, provider: Provider) -> None:
    resting = make_model(provider, slug="resting", name="A Resting")
    make_model(provider, slug="off", name="An Off", enabled=False)
    make_model(make_provider(key=None), slug="keyless", name="B Keyless")
    for name in ("Middle", "Small", "Tiny"):
        make_model(provider, slug=name.lower(), name=name)
    rest(resting)
    assert advice() == ["Choose another model: Middle or Small."]


def test_when_the_prompt_is_too_long_a_model_that_reads_more_is_named(model: LanguageModel, provider: Provider) -> None:
    make_model(provider, slug="a-small", name="A Small", context_window=4_000)
    assert advice("context_length_exceeded", retry_after=5) == []
    make_model(provider, slug="huge", name="Huge", context_window=100_000)
    assert advice("context_length_exceeded") == ["Choose another model: Huge."]


def test_there_is_no_advice_against_our_own_mistakes(model: LanguageModel, provider: Provider) -> None:
    make_model(provider, slug="small")
    assert advice("internal") == []


def test_without_redis_the_models_are_still_named(
    model: LanguageModel, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_model(provider, slug="small", name="Small")
    nobody = Redis(host="127.0.0.1", port=1, retry=Retry(NoBackoff(), 0))
    monkeypatch.setattr(breaker, "sync_redis", lambda: nobody)
    assert advice() == ["Choose another model: Small."]


class TestInTheEngine:
    """With a scripted provider."""

    @pytest.fixture
    def model(self, llm: FakeLLM, transactional_db: None) -> LanguageModel:
        """The default model and another one."""
        provider = make_provider(llm.base_url)
        make_model(provider, slug="fake-2", name="Second", is_default=False)
        return make_model(provider, slug="fake-1", is_default=True)

    async def test_a_failed_answer_comes_with_advice(
        self, engine: Engine, llm: FakeLLM, send: Send, follow: Follow
    ) -> None:
        llm.default = Script(status=401)
        before = REGISTRY.get_sample_value("chat_errors_total", {"error_type": "provider_misconfigured"}) or 0
        events = await follow(await send())
        assert events[-1]["metadata"]["error"] == {
            "code": "provider_unavailable",
            "message": "The language model cannot be reached at the moment. Please try again later.",
            "fallback_suggestions": ["Choose another model: Second."],
        }
        assert REGISTRY.get_sample_value("chat_errors_total", {"error_type": "provider_misconfigured"}) == before + 1

    async def test_a_prompt_that_is_still_too_long_ends_with_a_clear_error(
        self, engine: Engine, llm: FakeLLM, send: Send, follow: Follow
    ) -> None:
        llm.default = Script(context=1)
        events = await follow(await send())
        assert (events[-1]["status"], events[-1]["metadata"]["attempts"]) == ("failed", 1)
        error = events[-1]["metadata"]["error"]
        assert error["code"] == "context_length_exceeded"
        assert "too long" in error["message"]
