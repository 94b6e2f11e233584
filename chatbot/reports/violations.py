"""`/csp-report/`: what the Content-Security-Policy of our pages kept from happening, as browsers report it.

Anybody can send such reports: they are counted, and a bounded number of each minute goes to the log.
"""

import logging
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from chatbot.lib import ratelimit
from chatbot.lib.errors import Overloaded, RateLimited
from chatbot.lib.metrics import CSP_VIOLATIONS
from chatbot.reports.cleaning import clean, origin_of

logger = logging.getLogger(__name__)

PER_MINUTE = 30
LARGEST_BYTES = 8_192
# Labels of the counter. Whatever else is reported is `other`.
DIRECTIVES = frozenset(
    f"{name}-src" for name in ("connect", "default", "font", "frame", "img", "manifest", "media", "object", "worker")
) | frozenset(
    [
        *("script-src", "script-src-elem", "script-src-attr", "style-src", "style-src-elem", "style-src-attr"),
        *("base-uri", "form-action", "frame-ancestors", "require-trusted-types-for", "trusted-types"),
    ]
)


@csrf_exempt
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """Takes a report, or drops it; nobody is told which."""
    try:
        ratelimit.take_report("csp-reports", per_minute=PER_MINUTE, request=request)
        report = _read(request)
    except (RateLimited, Overloaded):
        report = None
    if report is not None:
        _keep(report)
    return HttpResponse(status=204)


def _read(request: HttpRequest) -> dict[str, Any] | None:
    """The body of a report; None for what is none."""
    if len(request.body) > LARGEST_BYTES:
        return None
    try:
        report = msgspec.json.decode(request.body, type=dict[str, Any]).get("csp-report")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return report if isinstance(report, dict) else None


def _keep(report: dict[str, Any]) -> None:
    def text(name: str) -> str:
        value = report.get(name)
        return value if isinstance(value, str) else ""

    directive = (text("effective-directive") or text("violated-directive")).partition(" ")[0]
    label = directive if directive in DIRECTIVES else "other"
    CSP_VIOLATIONS.labels(label).inc()
    logger.warning(
        "content security policy violated",
        extra={
            "directive": label,
            "blocked": origin_of(text("blocked-uri")),
            "page": clean(text("document-uri").partition("?")[0], longest=200),
            "source": clean(text("source-file").partition("?")[0], longest=200),
        },
    )
