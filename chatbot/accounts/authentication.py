"""Who is calling over HTTP: a session cookie, `Bearer <JWT>` or `Bearer ck-…`, the same for every door.

Whoever calls is counted here: a user in the user's bucket of requests, anybody else in that of the client's address.
"""

from typing import TYPE_CHECKING

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.http import HttpRequest
from django.middleware.csrf import CsrfViewMiddleware
from rest_framework.authentication import BaseAuthentication
from rest_framework.authentication import SessionAuthentication as DrfSessionAuthentication
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from chatbot.accounts import tokens
from chatbot.accounts.credentials import Caller, Credential, confirm
from chatbot.accounts.models import AccessKey, User
from chatbot.accounts.services import PREFIX, hash_key
from chatbot.lib import ratelimit
from chatbot.lib.errors import Forbidden, Overloaded, Unauthorized

if TYPE_CHECKING:  # rest_framework.views imports this module through the settings
    from rest_framework.views import APIView

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# The attribute of a request that holds its Caller.
CALLER = "caller"


def bearer_credential(authorization: str) -> Credential:
    """The credential in an Authorization header, a token proved to be ours; raises Unauthorized."""
    scheme, _, secret = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthorized("Send `Authorization: Bearer <token or access key>`.")
    secret = secret.strip()
    if secret.startswith(PREFIX):
        return Credential(kind="key", id=hash_key(secret))
    claims = tokens.read("access", secret)
    return Credential(kind="tokens", id=str(claims.family_id), user_id=claims.user_id, proof=str(claims.version))


def _session_credential(request: HttpRequest) -> Credential | None:
    session = request.session
    user_id, proof = session.get(SESSION_KEY), session.get(HASH_SESSION_KEY)
    if not user_id or not proof or not session.session_key:
        return None
    pk = User._meta.pk.to_python(user_id)
    return Credential(kind="session", id=session.session_key, user_id=pk, proof=proof)


def _confirmed(request: HttpRequest, credential: Credential) -> Caller:
    try:
        caller = confirm(credential)
    except Unauthorized:
        count_stranger(request)
        raise
    _count(request, caller.user)
    setattr(request, CALLER, caller)
    return caller


def _bearer(request: HttpRequest) -> Caller | None:
    authorization = request.headers.get("Authorization")
    if authorization is None:
        return None
    try:
        credential = bearer_credential(authorization)
    except Unauthorized:
        count_stranger(request)
        raise
    return _confirmed(request, credential)


def _session(request: HttpRequest) -> Caller | None:
    credential = _session_credential(request)
    if credential is None:
        count_stranger(request)
        return None
    return _confirmed(request, credential)


def _count(request: HttpRequest, user: User) -> None:
    try:
        usage = ratelimit.take_request(user.pk, per_minute=user.tier.requests_per_minute)
    except Overloaded:
        # What is in the database can still be read: a lost Redis must not hide it.
        if request.method not in SAFE_METHODS:
            raise
    else:
        setattr(request, ratelimit.COUNTED, usage)


def count_stranger(request: HttpRequest) -> None:
    """Counts a request whose sender is not known; raises RateLimited, Overloaded."""
    setattr(request, ratelimit.COUNTED, ratelimit.take_stranger(request))


def authenticate_request(request: HttpRequest) -> Caller:
    """The caller of a plain Django view. Session callers pass the CSRF check.

    Raises Unauthorized, Forbidden, RateLimited, Overloaded.
    """
    if caller := _bearer(request):
        return caller
    caller = _session(request)
    if caller is None:
        raise Unauthorized()
    if CsrfViewMiddleware(lambda _: None).process_view(request, lambda _: None, (), {}):  # type: ignore[arg-type, return-value]
        raise Forbidden("The CSRF token is missing or wrong.")
    return caller


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer …` for DRF views."""

    def authenticate(self, request: Request) -> tuple[User, AccessKey | Credential] | None:
        """The user with the key or the credential, or None when there is no such header."""
        caller = _bearer(request._request)
        return (caller.user, caller.key or caller.credential) if caller else None

    def authenticate_header(self, request: Request) -> str:
        """Makes DRF answer 401 rather than 403 to strangers."""
        return "Bearer"


class SessionAuthentication(DrfSessionAuthentication):
    """The session cookie with the CSRF check, for DRF views. It comes last: who passes it by is a stranger."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        """The user, or None when nobody is logged in."""
        caller = _session(request._request)
        if caller is None:
            return None
        self.enforce_csrf(request)
        return caller.user, None


class AddressLimit(BaseThrottle):
    """For DRF views that ask for no credential: counts the request in the bucket of the client's address."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        """True; raises RateLimited, Overloaded."""
        count_stranger(request._request)
        return True


def caller_of(request: Request) -> Caller:
    """The caller behind a DRF request that was authenticated."""
    caller: Caller = getattr(request._request, CALLER)
    return caller
