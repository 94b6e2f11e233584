"""Reads of policies: the compiled rules of all enabled policies, kept in memory until a policy changes."""

import threading
from dataclasses import dataclass

from django.db import connection

from moderation.models import Rule
from moderation.rules.text import Search, compile_rule


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule ready to run, with what its finding will say."""

    policy: str
    version: int
    category: str
    action: str
    message: str
    search: Search


_lock = threading.Lock()
_cached: tuple[object, list[CompiledRule]] | None = None


def _stamp() -> object:
    """In plain SQL: every send waits for it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), sum(version), max(updated_at) FROM moderation_policy WHERE enabled")
        return cursor.fetchone()


def enabled_rules() -> list[CompiledRule]:
    """The rules that apply now. One small query tells whether the ones in memory are still true.

    Raises RuleError when a stored rule cannot be compiled: the caller then lets nothing through.
    """
    global _cached
    stamp = _stamp()
    with _lock:
        if _cached is not None and _cached[0] == stamp:
            return _cached[1]
    rules = [
        CompiledRule(
            policy=rule.policy.name,
            version=rule.policy.version,
            category=rule.category,
            action=rule.action,
            message=rule.message,
            search=compile_rule(rule.kind, rule.value),
        )
        for rule in Rule.objects.filter(policy__enabled=True).select_related("policy")
    ]
    with _lock:
        _cached = (stamp, rules)
    return rules
