"""`manage.py doctor` finds what is wrong and says how to mend it."""

from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from pytest_django import Settings

from chatbot.dev.fakellm import FakeLLMThread
from chatbot.management.commands import doctor
from tests.factories import make_model, make_provider


def examine() -> str:
    output = StringIO()
    with pytest.raises(CommandError):
        call_command("doctor", stdout=output, no_color=True)
    return output.getvalue()


def test_every_check_runs_although_some_fail(db: None) -> None:
    report = examine()
    assert [line[:4] for line in report.splitlines() if not line.startswith(" ")].count("ill ") >= 2
    assert "ill  Engine: No engine is alive: messages wait.\n     → Start `manage.py runengine`." in report
    assert "ill  Provider: There is no language model." in report
    assert "ok   Redis: reachable" in report
    assert "ok   Storage: default writable" in report
    assert "ok   Search: english" in report
    for name in doctor.CHECKS:
        assert f" {name}: " in report


def test_a_provider_that_answers_is_fine_and_one_that_does_not_is_named(db: None) -> None:
    with FakeLLMThread() as llm:
        make_model(make_provider(llm.base_url, slug="good"), slug="fake-1")
        assert "good/fake-1" in doctor.check_providers()
        make_model(make_provider("http://127.0.0.1:9/v1", slug="bad"), slug="fake-2")
        with pytest.raises(doctor.Ill, match="bad/fake-2 cannot be connected to"):
            doctor.check_providers()


def test_a_provider_key_sealed_with_a_lost_key_is_told(db: None, settings: Settings) -> None:
    make_model(make_provider(), slug="fake-1")
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(doctor.Ill, match="cannot be read"):
        doctor.check_providers()


def test_messages_that_are_kept_for_another_language_are_told(db: None, settings: Settings) -> None:
    settings.SEARCH_LANGUAGE = "german"
    with pytest.raises(doctor.Ill, match="kept for english, not german") as raised:
        doctor.check_search()
    assert "search_language" in raised.value.cure
