"""The sessions in which a user is signed in: which there are, where, and their end (rows of allauth.usersessions).

The row stands beside Django's session and is made at the log-in. It may outlive the session by a while; who lists
sessions compares.
"""

from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import Q
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from chatbot.accounts.devices import describe_device
from chatbot.accounts.models import User
from chatbot.accounts.signals import session_ended

SessionStore = import_module(settings.SESSION_ENGINE).SessionStore
# More than anybody has browsers; whoever signs in again and again ends the sessions not seen for longest.
MOST = 50
# A session is noted as seen once in so much time.
SEEN_EVERY = timedelta(minutes=5)
LONGEST_AGENT = 200
BATCH = 1_000

_DELETE_EXPIRED = """
DELETE FROM django_session WHERE session_key IN (
    SELECT session_key FROM django_session WHERE expire_date < now() ORDER BY expire_date LIMIT %(batch)s
    FOR UPDATE SKIP LOCKED
)
"""
# A log-in writes its row before its session is saved.
_DELETE_LEFT_OVER = """
DELETE FROM usersessions_usersession WHERE id IN (
    SELECT id FROM usersessions_usersession u
    WHERE last_seen_at < now() - interval '1 hour'
          AND NOT EXISTS (SELECT 1 FROM django_session s WHERE s.session_key = u.session_key)
    LIMIT %(batch)s FOR UPDATE SKIP LOCKED
)
"""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One session as its owner sees it."""

    id: int
    device: str
    address: str
    since: Any
    last_seen: Any
    is_current: bool


def list_sessions(*, user: User, current: str | None) -> list[SignedIn]:
    """The live sessions of a user, the `current` one first, then by when they were last seen. Two queries."""
    rows = {row.session_key: row for row in UserSession.objects.filter(user=user).order_by("-last_seen_at")[:MOST]}
    good = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    live = {
        session.session_key
        for session in Session.objects.filter(session_key__in=rows, expire_date__gt=timezone.now())
        if any(constant_time_compare(session.get_decoded().get(HASH_SESSION_KEY, ""), one) for one in good)
    }
    found = [
        SignedIn(row.pk, describe_device(row.user_agent), row.ip, row.created_at, row.last_seen_at, key == current)
        for key, row in rows.items()
        if key in live
    ]
    return sorted(found, key=lambda session: not session.is_current)


def note_session(*, request: HttpRequest) -> None:
    """Remembers where a session is used from, at most once in SEEN_EVERY. Costs one query."""
    now = timezone.now()
    seen: dict[str, Any] = {"last_seen_at": now, **_client(request)}
    rows = UserSession.objects.filter(session_key=request.session.session_key)
    rows.filter(last_seen_at__lt=now - SEEN_EVERY).update(**seen)


def begin_session(*, request: HttpRequest, user: User) -> None:
    """Writes down a log-in. Of more than MOST sessions those not seen for longest are ended."""
    if not request.session.session_key:
        request.session.save()
    values = {"user": user, "last_seen_at": timezone.now(), **_client(request)}
    UserSession.objects.update_or_create(session_key=request.session.session_key, defaults=values)
    rows = UserSession.objects.filter(user=user).order_by("-last_seen_at", "-pk")
    if extra := list(rows.values_list("pk", flat=True)[MOST : 2 * MOST]):
        _end(user, Q(pk__in=extra))


def end_session(*, user: User, session_id: int) -> bool:
    """Ends one session of a user; gives whether there was one."""
    return _end(user, Q(pk=session_id)) > 0


def end_other_sessions(*, user: User, keep: str | None) -> int:
    """Ends all sessions of a user but the one with the key `keep`; gives how many there were."""
    return _end(user, ~Q(session_key=keep) if keep else Q())


def _end(user: User, which: Q) -> int:
    rows = list(UserSession.objects.filter(which, user=user))
    for row in rows:
        # The row of the session, and what the cache holds of it.
        SessionStore(row.session_key).delete(row.session_key)
    UserSession.objects.filter(pk__in=[row.pk for row in rows]).delete()
    if rows:
        session_ended.send(sender=UserSession, user=user, count=len(rows))
    return len(rows)


def delete_dead_sessions(*, batches: int) -> int:
    """Deletes expired sessions and the rows of sessions that are gone, at most `batches` times BATCH of each; gives how
    many rows there were.
    """
    deleted = 0
    for statement in (_DELETE_EXPIRED, _DELETE_LEFT_OVER):
        for _ in range(batches):
            with connection.cursor() as cursor:
                cursor.execute(statement, {"batch": BATCH})
                count = cursor.rowcount
            deleted += count
            if count < BATCH:
                break
    return deleted


def _client(request: HttpRequest) -> dict[str, str]:
    agent = request.META.get("HTTP_USER_AGENT", "")[:LONGEST_AGENT].replace("\x00", "")
    return {"ip": request.META.get("REMOTE_ADDR") or "0.0.0.0", "user_agent": agent}  # noqa: S104


@receiver(user_logged_in)
def write_down_log_in(request: HttpRequest | None, user: User, **_: Any) -> None:
    """Every log-in begins a session, whichever way it came."""
    if request is not None and hasattr(request, "session"):
        begin_session(request=request, user=user)


@receiver([password_changed, password_set])
def end_others_after_new_password(request: HttpRequest, user: User, **_: Any) -> None:
    """With a new password the session goes on under a new key, and no other one does."""
    begin_session(request=request, user=user)
    end_other_sessions(user=user, keep=request.session.session_key)


@receiver(password_reset)
def end_all_after_reset(user: User, **_: Any) -> None:
    """Who resets a password is not signed in; whoever was is not any more."""
    end_other_sessions(user=user, keep=None)
