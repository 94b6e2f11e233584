"""Titles, providers and the tasks of Celery."""

import asyncio

import pytest
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings

from chatbot.accounts.models import User
from chatbot.dev.fakellm import FakeLLMThread, Script
from chatbot.lib import breaker
from chatbot.lib.redis import close_async_redis
from chatbot.metrics import StateCollector
from conversations.models import Conversation, Message
from moderation.models import AuditEntry
from streaming import tasks
from streaming.catalogue import available_models
from streaming.models import Generation, LanguageModel, Provider, ProviderKey
from streaming.provider_services import ensure_environment_provider, rotate_provider_keys
from tests.factories import make_conversation, make_message, make_model, make_provider


@pytest.fixture
def model(provider: FakeLLMThread, db: None) -> LanguageModel:
    return make_model(make_provider(provider.base_url), slug="fake-1")


@pytest.fixture
def answered(user: User, model: LanguageModel) -> Conversation:
    conversation = make_conversation(user, title="What is the capital of France?")
    prompt = make_message(conversation, content="What is the capital of France?")
    answer = make_message(conversation, role=Message.Role.ASSISTANT, content="Paris.", parent_id=prompt.pk)
    Generation.objects.create(
        id=answer.pk,
        user=user,
        conversation=conversation,
        prompt=prompt,
        message=answer,
        language_model=model,
        status=Generation.Status.COMPLETED,
    )
    return conversation


def title_of(conversation: Conversation) -> str:
    conversation.refresh_from_db()
    return conversation.title


def test_the_first_answer_gives_the_conversation_a_title(answered: Conversation, provider: FakeLLMThread) -> None:
    provider.enqueue(Script(text='Title: "France and its capital"'))
    assert tasks.generate_title(str(answered.pk))
    assert title_of(answered) == "France and its capital"


def test_a_title_that_somebody_gave_stays(answered: Conversation, provider: FakeLLMThread) -> None:
    Conversation.objects.update(title="Mine")
    assert not tasks.generate_title(str(answered.pk))
    assert title_of(answered) == "Mine"


def test_without_a_provider_the_first_title_stays(answered: Conversation, provider: FakeLLMThread) -> None:
    provider.enqueue(Script(status=500))
    assert not tasks.generate_title(str(answered.pk))
    assert title_of(answered) == "What is the capital of France?"


def test_the_sweep_runs_on_an_empty_queue(db: None) -> None:
    assert tasks.sweep() == 0


def test_staff_test_a_connection_from_the_admin(
    staff_client: Client, model: LanguageModel, provider: FakeLLMThread
) -> None:
    def run() -> str:
        response = staff_client.post(
            "/admin/streaming/provider/",
            {"action": "test_connection", "_selected_action": [model.provider_id]},
            follow=True,
        )
        return response.content.decode()

    assert "works: first token after" in run()
    provider.enqueue(Script(status=401))
    assert "does not work: " in run()


def test_a_provider_key_is_sealed_audited_and_sealed_anew(db: None) -> None:
    provider = make_provider("http://127.0.0.1:9/v1", key="sk-very-secret-1234")
    key = provider.keys.get()
    assert (key.value, key.ending) == ("sk-very-secret-1234", "1234")

    def stored() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT value FROM streaming_providerkey")
            return str(cursor.fetchone()[0])

    before = stored()
    assert "secret" not in before
    assert AuditEntry.objects.filter(action="provider_key.saved").count() == 1
    assert rotate_provider_keys(actor=None) == 1
    assert stored() != before
    key.refresh_from_db()
    assert key.value == "sk-very-secret-1234"


def test_the_environment_names_a_provider_and_is_followed_when_it_changes(db: None, settings: Settings) -> None:
    settings.OPENAI_API_KEY, settings.OPENAI_MODEL = "sk-first-key-0001", "gpt-5-mini"
    settings.OPENAI_PREFILL = settings.OPENAI_VISION = True
    ensure_environment_provider()
    assert LanguageModel.objects.get().can_prefill
    assert LanguageModel.objects.get().can_see
    LanguageModel.objects.update(name="Our model")
    settings.OPENAI_API_KEY = "sk-second-key-0002"
    settings.OPENAI_BASE_URL = "http://elsewhere.example/v1"
    ensure_environment_provider()
    assert Provider.objects.get().base_url == "http://elsewhere.example/v1"
    assert ProviderKey.objects.get().value == "sk-second-key-0002"
    assert LanguageModel.objects.get().name == "Our model"


def test_models_of_an_address_that_was_left_are_no_longer_offered(db: None, settings: Settings) -> None:
    settings.OPENAI_API_KEY, settings.OPENAI_MODEL = "sk-first-key-0001", "local-model"
    ensure_environment_provider()
    settings.OPENAI_BASE_URL, settings.OPENAI_MODEL = "http://elsewhere.example/v1", "gpt-5-mini"
    ensure_environment_provider()
    assert [model.slug for model in available_models()] == ["gpt-5-mini"]
    assert LanguageModel.objects.get(is_default=True).slug == "gpt-5-mini"


def test_an_open_breaker_shows_in_the_metrics(model: LanguageModel) -> None:
    async def break_it() -> None:
        for _ in range(breaker.FAILURES):
            await breaker.failed(f"{model.provider.slug}/fake-1")
        await close_async_redis()

    asyncio.run(break_it())
    (gauge,) = [metric for metric in StateCollector().collect() if metric.name == "chat_breaker_open"]
    assert [sample.value for sample in gauge.samples] == [1]
