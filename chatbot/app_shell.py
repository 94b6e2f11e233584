"""What makes the chat page an app: its manifest, its service worker, and the page that is shown without a network.

The worker keeps the files of one build. Their names and the worker's version come from the build (static/build.mjs),
and stand in the worker itself: browsers look for a new one, byte by byte, whenever the page is opened.
"""

import json
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

SHELL, WORKER = "shell.json", "service-worker.js"
# The build names chunks by their content, and scripts ask for them by that name.
AS_BUILT = "chunks/"
# --page of static/src/css/tokens.css.
PAGE_COLOUR = "#fcfcfa"
ICONS = [
    ("icon-192", 192, "any"),
    ("icon-512", 512, "any"),
    ("maskable-192", 192, "maskable"),
    ("maskable-512", 512, "maskable"),
]
VERSION_BYTES = 8


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """How the page is installed."""
    drawing = {"src": static("favicon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}
    icons = [
        {"src": static(f"icons/{name}.png"), "sizes": f"{width}x{width}", "type": "image/png", "purpose": purpose}
        for name, width, purpose in ICONS
    ]
    body: dict[str, Any] = {
        "id": "/",
        "name": settings.SITE_NAME,
        "short_name": settings.SITE_NAME,
        "description": _("Ask, and read the answer wherever you are."),
        "lang": "en",
        "start_url": reverse("chat"),
        "scope": "/",
        "display": "standalone",
        "background_color": PAGE_COLOUR,
        "theme_color": PAGE_COLOUR,
        "categories": ["productivity", "utilities"],
        "icons": [drawing, *icons],
        "shortcuts": [
            {"name": _("New chat"), "url": reverse("chat")},
            {"name": _("Search"), "url": reverse("search")},
            {"name": _("Conversations"), "url": reverse("conversations")},
        ],
    }
    response = JsonResponse(body, content_type="application/manifest+json")
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
def service_worker(request: HttpRequest) -> HttpResponseBase:
    """The worker of this build. It may serve all pages, whatever path it came from."""
    body, version = _worker()
    etag = quote_etag(version)
    response: Any = get_conditional_response(request, etag=etag)
    if response is None:
        response = HttpResponse(body, content_type="text/javascript; charset=utf-8")
    response["ETag"] = etag
    response["Cache-Control"] = "no-cache"
    response["Service-Worker-Allowed"] = "/"
    return response  # type: ignore[no-any-return]


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """What is shown in place of a page that cannot be had. It is the same for everybody."""
    response = render(request, "offline.html")
    response["Cache-Control"] = "no-cache"
    return response


@cache
def _worker() -> tuple[bytes, str]:
    """The script with what it is to keep, and its version. Both change with the build only."""
    code = _built(WORKER)
    names: list[str] = json.loads(_built(SHELL))
    page = Path(settings.BASE_DIR, "templates", "offline.html").read_bytes()
    files = [settings.STATIC_URL + name if name.startswith(AS_BUILT) else static(name) for name in names]
    version = blake2b(json.dumps(files).encode() + code + page, digest_size=VERSION_BYTES).hexdigest()
    shell = {"version": version, "files": files, "offline": reverse("offline")}
    return b"self.SHELL=%b;\n%b" % (json.dumps(shell).encode(), code), version


def _built(name: str) -> bytes:
    """A file of the build, which need not be collected yet."""
    found = Path(settings.STATIC_ROOT, name)
    if not found.is_file():
        found = Path(str(finders.find(name)))
    return found.read_bytes()
