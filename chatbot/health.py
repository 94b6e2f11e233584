"""`/health/live`: the process answers. `/health/ready`: it can also reach what it needs."""

import logging
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from chatbot.lib.redis import sync_redis
from streaming.bell import engines_alive

logger = logging.getLogger(__name__)


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _redis() -> str:
    sync_redis().ping()
    return "ok"


def _engine() -> int:
    return engines_alive()


# What this process cannot serve without. Engines are told about but not required: messages wait for them safely.
REQUIRED: dict[str, Callable[[], Any]] = {"database": _database, "redis": _redis}
TOLD: dict[str, Callable[[], Any]] = {"engine": _engine}


def run_checks(checks: dict[str, Callable[[], Any]]) -> dict[str, Any]:
    """What each check gives, or `failed`; the reason is logged, not shown to strangers."""
    results: dict[str, Any] = {}
    for name, check in checks.items():
        try:
            results[name] = check()
        except (DatabaseError, RedisError, OSError):
            logger.exception("health check failed", extra={"check": name})
            results[name] = "failed"
    return results


@never_cache
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """Always 200."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 when every required check passes, else 503. `engine` is the number of engines alive."""
    required = run_checks(REQUIRED)
    healthy = "failed" not in required.values()
    body = {"status": "ok" if healthy else "failed", "checks": {**required, **run_checks(TOLD)}}
    return JsonResponse(body, status=200 if healthy else 503)
