"""What the door of OpenAI's clients asks the database."""

import json
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from pytest_django import DjangoAssertNumQueries, Settings

from chatbot.accounts.models import User
from chatbot.accounts.services import create_access_key
from chatbot.lib.errors import NotFound
from streaming import catalogue
from streaming.openai_api import views
from tests.factories import make_model, make_provider


@pytest.fixture
def key(user: User) -> str:
    """A key that was used a moment ago."""
    row, secret = create_access_key(user=user, name="script")
    row.last_used_at = row.created_at
    row.save()
    return secret


@pytest.fixture
def memory(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Models are remembered, in this test."""
    monkeypatch.setattr(catalogue, "_kept", (0.0, {}))
    settings.CATALOGUE_SECONDS = 60


def request(key: str, **fields: Any) -> HttpRequest:
    headers = {"Authorization": f"Bearer {key}"}
    return RequestFactory().post("/v1/", fields, content_type="application/json", headers=headers)


@pytest.mark.parametrize("models", [1, 20])
def test_a_call_is_let_in_with_the_same_few_queries_whatever_there_is(
    key: str, memory: None, models: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    provider = make_provider()
    for number in range(models):
        make_model(provider, slug=f"model-{number}")
    said = [{"role": role, "content": "Hello"} for role in ("user", "assistant") * 10]
    body = json.dumps({"model": "model-0", "messages": said}).encode()
    # The models and their keys are remembered from here on.
    views._open(request(key), body)
    # Who calls; the stamp of the policies; the lock of the user and the row, in a savepoint.
    with django_assert_num_queries(6):
        views._open(request(key), body)


@pytest.mark.django_db(transaction=True)
def test_a_model_that_was_deleted_a_moment_ago_is_not_there(key: str, memory: None) -> None:
    model = make_model(make_provider(), slug="model-0")
    body = json.dumps({"model": "model-0", "messages": [{"role": "user", "content": "Hello"}]}).encode()
    views._open(request(key), body)
    model.delete()
    with pytest.raises(NotFound):
        views._open(request(key), body)


@pytest.mark.parametrize("models", [1, 20])
def test_models_are_listed_with_two_queries(
    key: str, models: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    provider = make_provider()
    for number in range(models):
        make_model(provider, slug=f"model-{number}")
    with django_assert_num_queries(2):
        assert len(views._models(request(key))) == models
