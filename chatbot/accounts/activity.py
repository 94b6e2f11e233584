"""Notes now and then that a session is used, and from where, so that its owner knows it in the list."""

import logging
from collections.abc import Callable
from time import monotonic

from django.contrib.auth import SESSION_KEY
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_only_middleware

from chatbot.accounts.sessions import SEEN_EVERY, note_session

logger = logging.getLogger(__name__)

# Sessions that this process has noted lately, each with when. Every other process notes its own.
_noted: dict[str, float] = {}
MOST = 10_000

Handler = Callable[[HttpRequest], HttpResponseBase]


def _is_due(key: str) -> bool:
    now = monotonic()
    if now - _noted.get(key, 0) < SEEN_EVERY.total_seconds():
        return False
    if len(_noted) >= MOST:
        _noted.clear()
    _noted[key] = now
    return True


@sync_only_middleware
def SessionActivityMiddleware(get_response: Handler) -> Handler:  # noqa: N802 - named in MIDDLEWARE like its neighbours
    """Looks at sessions that somebody else has loaded, and costs those requests nothing that have none.

    As the innermost middleware, and a synchronous one, it keeps its neighbours in one thread; see MIDDLEWARE.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        session = request.session
        # `_session_cache` is there once somebody has read the session; nothing is loaded for this.
        loaded = getattr(session, "_session_cache", None)
        if loaded and SESSION_KEY in loaded and session.session_key and _is_due(session.session_key):
            try:
                note_session(request=request)
            except DatabaseError:
                logger.warning("session not noted as seen", exc_info=True)
        return response

    return middleware
