"""The routes of the project, as the URL configuration has them. Staff pages are left out: test_admin has them all."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import quote

from django.contrib.admindocs.views import simplify_regex
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern
from django.views.generic import RedirectView

_CONVERTER = re.compile(r"<\w+:(\w+)>")
_NAME = re.compile(r"<(\w+)>")
STAFF = "admin/"


def _plain(pattern: Any) -> str:
    """A pattern with its parameters as `<name>`."""
    if isinstance(pattern, RoutePattern):
        return _CONVERTER.sub(r"<\1>", str(pattern))
    return simplify_regex(str(pattern)).lstrip("/")


def _walk(resolver: URLResolver, before: str) -> Iterator[tuple[str, Any]]:
    for one in resolver.url_patterns:
        path = before + _plain(one.pattern)
        if isinstance(one, URLPattern):
            yield path, one.callback
        elif path != STAFF:
            yield from _walk(one, path)


@cache
def routes() -> dict[str, Any]:
    """The view behind each path; where two routes have one path, the first. Mere redirections are left out."""
    found: dict[str, Any] = {}
    for path, view in _walk(get_resolver(), ""):
        if not issubclass(getattr(view, "view_class", object), RedirectView):
            found.setdefault(path, view)
    return found


def methods_of(view: Any) -> set[str] | None:
    """The methods that a view says it has; None when only asking tells."""
    known = getattr(view, "view_class", None) or getattr(view, "cls", None)
    if known is None:
        return None
    return {name.upper() for name in ("get", "post", "put", "patch", "delete") if hasattr(known, name)}


def fill(path: str, values: dict[str, Any]) -> str:
    """The address of a route with these values of its parameters."""
    return "/" + _NAME.sub(lambda match: quote(str(values[match[1]])), path)
