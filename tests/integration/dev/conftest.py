"""Folders and waiting for the tests that start real processes."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.integration.dev.folders import reachable_folder


@pytest.fixture
def var_dir() -> Iterator[Path]:
    """A VAR_DIR that an unprivileged server can reach."""
    with reachable_folder("chatbot-dev-") as folder:
        yield folder


@pytest.fixture
def eventually() -> Callable[[Callable[[], object], float], None]:
    """Waits for a condition, at most so many seconds."""

    def wait(condition: Callable[[], object], seconds: float) -> None:
        deadline = monotonic() + seconds
        while not condition():
            assert monotonic() < deadline, "the condition did not come true in time"
            sleep(0.02)

    return wait


@pytest.fixture
def bare_environment(monkeypatch: pytest.MonkeyPatch, var_dir: Path) -> Path:
    """An environment in which the user set nothing but VAR_DIR, restored afterwards; gives that folder."""
    product = (
        *("SECRET_KEY", "ENCRYPTION_KEYS", "DATABASE_URL", "REDIS_URL", "OPENAI_BASE_URL", "OPENAI_API_KEY"),
        *("OPENAI_MODEL", "OPENAI_CONTEXT_WINDOW", "OPENAI_MAX_OUTPUT_TOKENS", "PROMETHEUS_MULTIPROC_DIR"),
        *("ALLOWED_HOSTS", "HOST", "PORT", "ADMIN_PASSWORD", "ENGINE_DRAIN_SECONDS", "LOG_FORMAT"),
        *("OPENAI_PREFILL", "OPENAI_VISION", "FAKE", "FAKE_RATE"),
    )
    for name in product:
        for variable in (name, f"{name}_FILE"):
            # setenv first, so that whatever the code under test sets is undone too.
            monkeypatch.setenv(variable, "")
            del os.environ[variable]
    monkeypatch.setenv("VAR_DIR", str(var_dir))
    return var_dir
