"""The page that draws diagrams of answers, in a sandbox of the chat page: it shows nobody's data."""

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

# Of no origin, even when somebody opens it by itself; Mermaid needs styles of its own, and nothing from anywhere.
POLICY = {
    "default-src": [NONE],
    "script-src": [SELF],
    "style-src": [UNSAFE_INLINE],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-scripts"],
}


@require_safe
@xframe_options_sameorigin
@csp(POLICY)
def diagram(request: HttpRequest) -> HttpResponse:
    """The same for everybody."""
    return render(request, "chat/diagram.html")
