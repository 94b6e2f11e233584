"""Who is calling: one answer for REST, SSE and WebSocket, from a session cookie or a Bearer access key."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user
from django.db.models import prefetch_related_objects
from django.http import HttpRequest
from django.http.cookie import parse_cookie
from django.http.request import split_domain_port, validate_host
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import timezone
from django.utils.http import is_same_domain
from rest_framework.authentication import BaseAuthentication
from rest_framework.authentication import SessionAuthentication as DrfSessionAuthentication
from rest_framework.request import Request

from chatbot.accounts.models import AccessKey, User
from chatbot.accounts.services import hash_key, note_use
from chatbot.lib.errors import Forbidden, Unauthorized

SessionStore = import_module(settings.SESSION_ENGINE).SessionStore


@dataclass(frozen=True, slots=True)
class Caller:
    """A user and, when a program calls, the key it used."""

    user: User
    key: AccessKey | None = None

    def require_chat(self) -> None:
        """Raises Forbidden unless this caller may send messages."""
        if not self.user.may_use_chat:
            raise Forbidden("This account may not use the chat.")
        if self.key is not None and self.key.scope != AccessKey.Scope.CHAT:
            raise Forbidden("This access key may only read.")


def key_from_header(authorization: str) -> AccessKey:
    """The live key in an `Authorization: Bearer ck-…` header; raises Unauthorized for anything else."""
    scheme, _, secret = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthorized("Send `Authorization: Bearer <access key>`.")
    key = AccessKey.objects.select_related("user__tier").filter(key_hash=hash_key(secret.strip())).first()
    if key is None or key.revoked_at or (key.expires_at and key.expires_at <= timezone.now()):
        raise Unauthorized("This access key is not valid.")
    if not key.user.is_active:
        raise Unauthorized()
    note_use(key=key)
    return key


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


def authenticate_scope(scope: Mapping[str, Any]) -> Caller:
    """The caller behind a WebSocket handshake, with the user's tier loaded; raises Unauthorized or Forbidden."""
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    if "authorization" in headers:
        key = key_from_header(headers["authorization"])
        caller = Caller(key.user, key)
    else:
        caller = Caller(_session_user(headers))
    caller.require_chat()
    return caller


def claimed_user_id(scope: Mapping[str, Any]) -> UUID | None:
    """Whom a handshake claims to come from, unproven: enough to listen for changes of that user's rights before
    `authenticate_scope` looks at them, so that no change falls in between.
    """
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    if authorization := headers.get("authorization"):
        secret = authorization.partition(" ")[2].strip()
        return AccessKey.objects.filter(key_hash=hash_key(secret)).values_list("user_id", flat=True).first()
    session_key = parse_cookie(headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME)
    claimed = SessionStore(session_key).get(SESSION_KEY) if session_key else None
    return UUID(claimed) if claimed else None


def _session_user(headers: Mapping[str, str]) -> User:
    session_key = parse_cookie(headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME)
    if not session_key:
        raise Unauthorized()
    if not origin_allowed(headers.get("origin", ""), headers.get("host", "")):
        raise Forbidden("This origin may not connect.")
    request = HttpRequest()
    request.session = SessionStore(session_key)
    user = get_user(request)
    if not isinstance(user, User):
        raise Unauthorized()
    prefetch_related_objects([user], "tier")
    return user


def authenticate_request(request: HttpRequest) -> Caller:
    """The caller of a plain Django view; raises Unauthorized or Forbidden. Session callers pass the CSRF check."""
    if authorization := request.headers.get("Authorization"):
        key = key_from_header(authorization)
        return Caller(key.user, key)
    if not isinstance(request.user, User):
        raise Unauthorized()
    if CsrfViewMiddleware(lambda _: None).process_view(request, lambda _: None, (), {}):  # type: ignore[arg-type, return-value]
        raise Forbidden("The CSRF token is missing or wrong.")
    return Caller(request.user)


class AccessKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer ck-…` for DRF views."""

    def authenticate(self, request: Request) -> tuple[User, AccessKey] | None:
        """The user and the key, or None when there is no such header."""
        if authorization := request.headers.get("Authorization"):
            key = key_from_header(authorization)
            return key.user, key
        return None

    def authenticate_header(self, request: Request) -> str:
        """Makes DRF answer 401 rather than 403 to strangers."""
        return "Bearer"


class SessionAuthentication(DrfSessionAuthentication):
    """The session cookie with the CSRF check, for DRF views."""
