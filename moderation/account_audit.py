"""Puts on record what happens to accounts: who signs in and who fails to, sessions, passwords, factors, keys, deletion.

Accounts only say so, by signals: Django's, allauth's and their own.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from allauth.account import signals as account
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from allauth.mfa import signals as factor
from allauth.mfa.models import Authenticator
from allauth.socialaccount import signals as connection
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.usersessions.models import UserSession
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import post_save
from django.dispatch import Signal, receiver
from django.http import HttpRequest

from chatbot.accounts.devices import describe_device
from chatbot.accounts.models import AccessKey, TokenFamily, User
from chatbot.accounts.signals import account_deleted, account_deletion_requested, session_ended, token_reused
from moderation import audit

LONGEST = 150


def _where(request: HttpRequest | None) -> dict[str, str]:
    """From where: the client's address and its device."""
    if request is None:
        return {}
    meta = request.META
    return {"address": meta.get("REMOTE_ADDR", ""), "device": describe_device(_plain(meta.get("HTTP_USER_AGENT", "")))}


def _plain(text: object) -> str:
    return str(text)[:LONGEST].replace("\x00", "").encode(errors="replace").decode()


def _caller() -> User | None:
    """Who is signed in to the request that is being served."""
    user = getattr(context.request, "user", None)
    return user if isinstance(user, User) else None


def _of_user(signal: Signal, action: str) -> None:
    """Records `action` for every `signal` that names a user and a request, and nothing else worth telling."""

    def note(user: User, request: HttpRequest | None = None, **_: Any) -> None:
        audit.record(action=action, actor=user, target_type="user", target_id=user.pk, details=_where(request))

    signal.connect(note, weak=False, dispatch_uid=f"audit {action}")


_of_user(account.user_signed_up, "account.created")
_of_user(account.password_changed, "password.changed")
_of_user(account.password_set, "password.set")
_of_user(account.password_reset, "password.reset")
_of_user(account.email_changed, "email.changed")
_of_user(account_deletion_requested, "account.deletion_requested")


@receiver(user_logged_in)
def note_sign_in(user: User, request: HttpRequest | None, **_: Any) -> None:
    """Who came in, and by what."""
    records = get_authentication_records(request, user) if request is not None else []
    details = {**_where(request), "methods": [record["method"] for record in records]}
    audit.record(action="signed_in", actor=user, target_type="user", target_id=user.pk, details=details)


@receiver(user_login_failed)
def note_failure(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """Somebody did not come in. The name is what was typed: there may be nobody of that name."""
    name = _plain(credentials.get("email") or credentials.get("username") or "")
    audit.record(action="sign_in_failed", actor=None, target_type="login", details={**_where(request), "login": name})


@receiver(user_logged_out)
def note_sign_out(user: User | None, request: HttpRequest | None, **_: Any) -> None:
    """Who went."""
    if user is not None:
        audit.record(action="signed_out", actor=user, target_type="user", target_id=user.pk, details=_where(request))


@receiver(session_ended, sender=UserSession)
def note_ended_sessions(user: User, count: int, **_: Any) -> None:
    """Sessions ended from elsewhere."""
    details = {"count": count}
    audit.record(
        action="sessions.ended", actor=_caller() or user, target_type="user", target_id=user.pk, details=details
    )


def _of_factor(action: str) -> Callable[..., None]:
    def note(user: User, authenticator: Authenticator | None, request: HttpRequest | None, **_: Any) -> None:
        details = {**_where(request), "type": authenticator.type if authenticator else ""}
        audit.record(action=action, actor=_caller() or user, target_type="user", target_id=user.pk, details=details)

    return note


for _signal, _action in (
    (factor.authenticator_added, "second_factor.added"),
    (factor.authenticator_removed, "second_factor.removed"),
    (factor.authenticator_reset, "second_factor.renewed"),
    (factor.authentication_failed, "second_factor.failed"),
):
    _signal.connect(_of_factor(_action), weak=False, dispatch_uid=f"audit {_action}")


@receiver(connection.social_account_added)
def note_connection(request: HttpRequest, sociallogin: SocialLogin, **_: Any) -> None:
    """An account elsewhere opens this one from now on."""
    _note_connection("connection.added", request, sociallogin.account)


@receiver(connection.social_account_removed)
def note_disconnection(request: HttpRequest, socialaccount: SocialAccount, **_: Any) -> None:
    """It does so no more."""
    _note_connection("connection.removed", request, socialaccount)


def _note_connection(action: str, request: HttpRequest, there: SocialAccount) -> None:
    details = {**_where(request), "provider": there.provider, "uid": _plain(there.uid)}
    audit.record(
        action=action, actor=_caller() or there.user, target_type="user", target_id=there.user_id, details=details
    )


@receiver(post_save, sender=AccessKey)
def note_key(instance: AccessKey, created: bool, update_fields: frozenset[str] | None, **_: Any) -> None:
    """A key was made, or ended; by whichever door."""
    if created or "revoked_at" in (update_fields or ()):
        details = {"name": _plain(instance.name), "start": instance.start, "scope": instance.scope}
        audit.record(
            action="access_key.created" if created else "access_key.revoked",
            actor=_caller() or instance.user,
            target_type="access_key",
            target_id=instance.pk,
            details={**details, **_where(context.request)},
        )


@receiver(post_save, sender=TokenFamily)
def note_program(instance: TokenFamily, created: bool, update_fields: frozenset[str] | None, **_: Any) -> None:
    """A program was logged in with a password, or out."""
    if created or "revoked_at" in (update_fields or ()):
        audit.record(
            action="program.signed_in" if created else "program.signed_out",
            actor=_caller() or instance.user,
            target_type="token_family",
            target_id=instance.pk,
            details=_where(context.request),
        )


@receiver(token_reused)
def note_reuse(family: TokenFamily, address: str, **_: Any) -> None:
    """A spent refresh token came again: somebody has a copy."""
    audit.record(
        action="token.reused",
        actor=None,
        target_type="token_family",
        target_id=family.pk,
        details={"user": str(family.user_id), "address": address},
    )


@receiver(account_deleted)
def note_deletion(user_id: UUID, label: str, **_: Any) -> None:
    """An account is gone."""
    audit.record(
        action="account.deleted", actor=None, target_type="user", target_id=user_id, details={"username": label}
    )
