"""The settings refuse to start with a missing or weak secret, and read what the environment says."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parents[3]
STRONG = "tEsTs-OnLy-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFG"
SOUND = {
    "SECRET_KEY": STRONG,
    "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    "DATABASE_URL": "postgresql://ann:p%40ss@db.example:6543/chat?sslmode=require",
    "REDIS_URL": "redis://localhost:1/0",
}
PRINT = (
    "import json, sys; from django.conf import settings;"
    "print(json.dumps([getattr(settings, name) for name in sys.argv[1:]]))"
)


def start(*names: str, **environment: str | None) -> subprocess.CompletedProcess[str]:
    """Reads the settings in a fresh process; a value of None takes a variable away."""
    variables = {**SOUND, **environment, "DJANGO_SETTINGS_MODULE": "chatbot.settings", "PATH": os.environ["PATH"]}
    return subprocess.run(
        [sys.executable, "-c", PRINT, *names],
        cwd=ROOT,
        env={name: value for name, value in variables.items() if value is not None},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def values(*names: str, **environment: str | None) -> list[Any]:
    process = start(*names, **environment)
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"SECRET_KEY": None}, "SECRET_KEY is not set"),
        ({"SECRET_KEY": ""}, "SECRET_KEY is weak"),
        ({"SECRET_KEY": STRONG[:49]}, "SECRET_KEY is weak"),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY is weak"),
        ({"SECRET_KEY": "django-insecure-" + STRONG}, "SECRET_KEY is weak"),
        ({"ENCRYPTION_KEYS": None}, "ENCRYPTION_KEYS is not set"),
        ({"ENCRYPTION_KEYS": " , "}, "ENCRYPTION_KEYS is not set"),
        ({"DATABASE_URL": None}, "DATABASE_URL is not set"),
        ({"DATABASE_URL": "sqlite:///x"}, "no other database is supported"),
        ({"REDIS_URL": None}, "REDIS_URL is not set"),
        ({"ASGI_SERVER": "gunicorn"}, "ASGI_SERVER must be one of"),
        ({"PORT": "http"}, "PORT must be a whole number"),
        ({"SECRET_KEY_FILE": "/nowhere"}, "SECRET_KEY and SECRET_KEY_FILE are both set"),
        ({"SECRET_KEY": None, "SECRET_KEY_FILE": "/nowhere"}, "SECRET_KEY_FILE cannot be read"),
    ],
)
def test_a_process_without_what_it_needs_does_not_start(environment: dict[str, str | None], reason: str) -> None:
    process = start("SECRET_KEY", **environment)
    assert process.returncode != 0
    assert reason in process.stderr
    assert STRONG not in process.stderr


def test_secrets_come_from_files(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(STRONG + "\n")
    assert values("SECRET_KEY", SECRET_KEY=None, SECRET_KEY_FILE=str(tmp_path / "key")) == [STRONG]


def test_the_database_url_is_taken_apart() -> None:
    [databases] = values("DATABASES")
    default = databases["default"]
    assert [default[part] for part in ("HOST", "PORT", "USER", "PASSWORD", "NAME")] == [
        "db.example",
        6543,
        "ann",
        "p@ss",
        "chat",
    ]
    assert default["OPTIONS"]["sslmode"] == "require"
    assert default["OPTIONS"]["pool"]["max_size"] == 16


def test_nothing_is_open_by_default() -> None:
    debug, hosts, origins = values("DEBUG", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS")
    assert debug is False
    assert set(hosts) <= {"localhost", "127.0.0.1", "[::1]"}
    assert origins == []


def test_behind_tls_cookies_and_redirects_are_secure() -> None:
    names = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS")
    assert values(*names, HTTPS="1") == [True, True, True, 31_536_000]
    assert values(*names) == [False, False, False, 0]


@pytest.mark.parametrize(
    ("environment", "sees"),
    [
        ({}, True),
        ({"OPENAI_BASE_URL": "http://llama.example/v1"}, False),
        ({"OPENAI_BASE_URL": "http://llama.example/v1", "OPENAI_VISION": "1"}, True),
        ({"OPENAI_VISION": "0"}, False),
    ],
)
def test_only_of_openai_itself_it_is_known_that_models_see(environment: dict[str, str | None], sees: bool) -> None:
    assert values("OPENAI_VISION", **environment) == [sees]
