"""What the account pages show of a user."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.utils import timezone

from chatbot.accounts.devices import describe_device
from chatbot.accounts.models import AccessKey, TokenFamily, User
from chatbot.accounts.sessions import list_sessions

# No page lists more; the newest come first.
MOST = 100


@dataclass(frozen=True, slots=True)
class Connected:
    """An access key, or a program that was logged in with the password. `ended` says why it opens nothing any more."""

    id: UUID
    name: str
    start: str
    scope: str
    since: datetime
    last_used: datetime | None
    expires: datetime | None
    ended: str


def list_keys(*, user: User) -> list[Connected]:
    """The access keys of a user, newest first."""
    return [
        Connected(
            id=key.pk,
            name=key.name,
            start=key.start,
            scope=key.get_scope_display(),
            since=key.created_at,
            last_used=key.last_used_at,
            expires=key.expires_at,
            ended=_why_ended(user, key),
        )
        for key in AccessKey.objects.filter(user=user)[:MOST]
    ]


def list_programs(*, user: User) -> list[Connected]:
    """The programs that were logged in with the user's password, newest first; those that ended long ago are gone."""
    return [
        Connected(
            id=family.pk,
            name=describe_device(family.user_agent),
            start="",
            scope="",
            since=family.created_at,
            last_used=family.refreshed_at,
            expires=family.expires_at,
            ended=_why_ended(user, family),
        )
        for family in TokenFamily.objects.filter(user=user)[:MOST]
    ]


def _why_ended(user: User, credential: AccessKey | TokenFamily) -> str:
    if credential.revoked_at:
        return "revoked"
    if credential.expires_at and credential.expires_at <= timezone.now():
        return "expired"
    if credential.credentials_version != user.credentials_version:
        return "ended by a change of the password"
    return ""


def describe_account(*, user: User, session_key: str | None) -> dict[str, Any]:
    """How the account stands, for its overview: what is set up and how much of it there is."""
    kinds = [authenticator.type for authenticator in Authenticator.objects.filter(user=user)]
    # Whoever has verified or chosen none has one all the same.
    address = EmailAddress.objects.filter(user=user).order_by("-primary", "-verified", "pk").first()
    return {
        "email": address.email if address else user.email,
        "email_verified": bool(address and address.verified),
        "has_password": user.has_usable_password(),
        "has_app": Authenticator.Type.TOTP in kinds,
        "passkeys": kinds.count(Authenticator.Type.WEBAUTHN),
        "has_recovery_codes": Authenticator.Type.RECOVERY_CODES in kinds,
        "connections": SocialAccount.objects.filter(user=user).count(),
        "sessions": len(list_sessions(user=user, current=session_key)),
        "keys": sum(not key.ended for key in list_keys(user=user)),
        "programs": sum(not program.ended for program in list_programs(user=user)),
    }
