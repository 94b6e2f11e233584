"""Trusted Types: no script of a page makes HTML, or addresses of scripts, from plain text but by two policies."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponseBase

# True once all scripts of these pages pass what they make through one of the policies.
ENFORCED = False

POLICY = {
    "require-trusted-types-for": ["'script'"],
    "trusted-types": ["dompurify", "chatbot", "'allow-duplicates'"],
}

Arguments = ParamSpec("Arguments")
Response = TypeVar("Response", bound=HttpResponseBase)
View = Callable[Concatenate[HttpRequest, Arguments], Response]


def with_trusted_types(view: View[Arguments, Response]) -> View[Arguments, Response]:
    """Wraps a page whose scripts keep to it."""
    strict: View[Arguments, Response] = csp_update(POLICY)(view)  # type: ignore[assignment]

    @wraps(view)
    def page(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Response:
        return (strict if ENFORCED else view)(request, *args, **kwargs)

    return page
