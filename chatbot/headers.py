"""Headers that keep our answers to themselves, beside those of Django and of the Content-Security-Policy."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

HEADERS = {
    # No site loads our answers into its own pages.
    "Cross-Origin-Resource-Policy": "same-origin",
    # What no page of ours asks a browser for. Passkeys and the clipboard are for ourselves.
    "Permissions-Policy": ", ".join(
        [
            *(f"{name}=()" for name in ("browsing-topics", "camera", "display-capture", "geolocation", "hid")),
            *(f"{name}=()" for name in ("microphone", "midi", "payment", "serial", "usb")),
            *(f"{name}=(self)" for name in ("clipboard-write", "fullscreen", "publickey-credentials-get")),
        ]
    ),
}
# Data is no page, whoever opens it as one.
POLICY, DATA_POLICY = "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"
JSON = "application/json"


def SecurityHeadersMiddleware(  # noqa: N802 - named in MIDDLEWARE like its neighbours
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Adds them, where a view has not said otherwise."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        for name, value in HEADERS.items():
            response.setdefault(name, value)
        if response.get("Content-Type", "").startswith(JSON):
            response.setdefault(POLICY, DATA_POLICY)
        return response

    return middleware
