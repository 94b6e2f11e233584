"""Trusted Types: no script of a page makes HTML, or addresses of scripts, from plain text but by two policies."""

from collections.abc import Callable
from typing import TypeVar

from csp.decorators import csp_update

POLICY = {
    "require-trusted-types-for": ["'script'"],
    "trusted-types": ["dompurify", "chatbot", "'allow-duplicates'"],
}

View = TypeVar("View", bound=Callable[..., object])


def with_trusted_types(view: View) -> View:
    """Wraps a page that shows what models write."""
    strict: View = csp_update(POLICY)(view)  # type: ignore[assignment, arg-type]
    return strict
