"""Who is behind a WebSocket handshake: `Authorization: Bearer`, `?ticket=`, or a session cookie from an allowed origin.

Two steps, so that a socket can listen for changes of a user's rights before it looks at them and no change falls in
between: `claim_of` tells whom a handshake claims to come from, `admit` whether that is so. An open socket is admitted
again and again by what it keeps, and never needs its handshake or a spent ticket.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import msgspec
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.http.cookie import parse_cookie
from django.http.request import split_domain_port, validate_host
from django.utils.http import is_same_domain

from chatbot.accounts.authentication import bearer_credential
from chatbot.accounts.credentials import Caller, Credential, confirm, owner_of_key
from chatbot.accounts.tickets import spend_ticket
from chatbot.lib.db import in_db
from chatbot.lib.errors import Forbidden, Unauthorized

SessionStore = import_module(settings.SESSION_ENGINE).SessionStore

_SESSION = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > now()"


def origin_allowed(origin: str, host: str) -> bool:
    """Whether a browser at `origin` may use its cookies here: the page's own host, or a trusted origin.

    A trusted origin may be `https://*.example.org`, as for Django's CSRF check.
    """
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    for trusted in map(urlsplit, settings.CSRF_TRUSTED_ORIGINS):
        if parts.scheme == trusted.scheme and is_same_domain(parts.netloc, trusted.netloc.lstrip("*")):
            return True
    own = parts.scheme in {"http", "https"} and parts.netloc == host
    return own and validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)


async def claim_of(scope: Mapping[str, Any]) -> Credential:
    """The credential of a handshake and, as its `user_id`, whom it claims to come from; whether it is still good, only
    `admit` tells. A ticket is spent by this.

    Raises Unauthorized, Forbidden for a foreign origin, Overloaded.
    """
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    if (authorization := headers.get("authorization")) is not None:
        credential = bearer_credential(authorization)
        if credential.kind == "key":
            return await in_db(_claimed_by_key, credential)
        return credential
    if tickets := parse_qs(scope.get("query_string", b"").decode("latin-1")).get("ticket"):
        return await spend_ticket(tickets[0])
    session_key = parse_cookie(headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME, "")
    if not (session_key.isascii() and session_key.isalnum()):
        raise Unauthorized()
    if not origin_allowed(headers.get("origin", ""), headers.get("host", "")):
        raise Forbidden("This origin may not connect.")
    return await in_db(_claimed_by_session, session_key)


def admit(credential: Credential) -> Caller:
    """Who that is, with the tier loaded, when they may open a socket; raises Unauthorized, Forbidden."""
    caller = confirm(credential)
    caller.require_chat()
    return caller


def _claimed_by_key(credential: Credential) -> Credential:
    owner = owner_of_key(credential.id)
    if owner is None:
        raise Unauthorized()
    return msgspec.structs.replace(credential, user_id=owner)


def _claimed_by_session(session_key: str) -> Credential:
    """From the row, not from the cache: it is the truth, and costs as much."""
    with connection.cursor() as cursor:
        cursor.execute(_SESSION, [session_key])
        row = cursor.fetchone()
    data = SessionStore().decode(row[0]) if row else {}
    if SESSION_KEY not in data or HASH_SESSION_KEY not in data:
        raise Unauthorized()
    return Credential("session", session_key, UUID(data[SESSION_KEY]), data[HASH_SESSION_KEY])
