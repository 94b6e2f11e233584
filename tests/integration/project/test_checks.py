"""System checks with stable ids."""

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from pytest_django import Settings

KEY = "Zm9yIHRoZSB0ZXN0cyBvbmx5LCAzMiBieXRlcyBsb24="


@pytest.fixture(autouse=True)
def sound(settings: Settings) -> None:
    """A deployment without faults."""
    settings.DEBUG = False
    settings.HTTPS = False
    settings.ALLOWED_HOSTS = ["chat.example.org"]
    settings.CSRF_TRUSTED_ORIGINS = []
    settings.OPENAI_API_KEY = "sk-test"


def found() -> set[str | None]:
    return {message.id for message in run_checks() if (message.id or "").startswith("chatbot.")}


def test_a_sound_deployment_has_no_findings() -> None:
    assert found() == set()


@pytest.mark.parametrize(
    ("change", "identifier"),
    [
        ({"ENCRYPTION_KEYS": [KEY, "too short"]}, "chatbot.E001"),
        ({"ENCRYPTION_KEYS": ["ü" * 44]}, "chatbot.E001"),
        ({"ALLOWED_HOSTS": ["*"]}, "chatbot.E002"),
        ({"HTTPS": True, "CSRF_TRUSTED_ORIGINS": ["http://chat.example.org"]}, "chatbot.E003"),
        ({"TRUSTED_PROXY_CIDRS": ["10.0.0.0/8", "nginx"]}, "chatbot.E004"),
        ({"TRUSTED_PROXY_CIDRS": ["0.0.0.0/0"]}, "chatbot.E004"),
        ({"TRUSTED_PROXY_CIDRS": ["::/0"]}, "chatbot.E004"),
        ({"DEBUG": True}, "chatbot.W001"),
        ({"OPENAI_API_KEY": ""}, "chatbot.W002"),
    ],
)
def test_each_fault_is_found(settings: Settings, change: dict[str, object], identifier: str) -> None:
    for name, value in change.items():
        setattr(settings, name, value)
    assert found() == {identifier}


def test_every_finding_says_how_to_mend_it(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = ["wrong"]
    settings.DEBUG = True
    settings.OPENAI_API_KEY = ""
    messages = [message for message in run_checks() if (message.id or "").startswith("chatbot.")]
    assert len(messages) == 3
    assert all(message.hint for message in messages)
    assert "wrong" not in str(messages)  # a secret is not printed


def test_networks_and_single_addresses_may_be_trusted(settings: Settings) -> None:
    settings.TRUSTED_PROXY_CIDRS = ["10.0.0.7", "172.30.250.1/24", "fd00::/8"]
    assert found() == set()


def test_https_with_https_origins_is_sound(settings: Settings) -> None:
    settings.HTTPS = True
    settings.CSRF_TRUSTED_ORIGINS = ["https://chat.example.org"]
    assert found() == set()


@pytest.mark.django_db
def test_the_checks_of_django_pass_as_well() -> None:
    call_command("check", databases=["default"], fail_level="WARNING")


def test_django_deploy_checks_pass_behind_tls(settings: Settings) -> None:
    settings.HTTPS = True
    settings.SECURE_SSL_REDIRECT = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SILENCED_SYSTEM_CHECKS = []
    findings = {message.id for message in run_checks(include_deployment_checks=True)}
    assert findings <= {"security.W005", "security.W021"}  # subdomains and the preload list are the owner's to decide
