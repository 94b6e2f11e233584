"""Writes to users and their access keys."""

import hashlib
import secrets
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from chatbot.accounts.models import AccessKey, User
from chatbot.lib.errors import QuotaExceeded

PREFIX = "ck-"
KEY_BYTES = 32
# Live keys of one user.
MAX_KEYS = 100


def hash_key(key: str) -> str:
    """The stored form of a key. The key is 256 random bits, so a fast hash is enough."""
    return hashlib.sha256(key.encode()).hexdigest()


@transaction.atomic
def create_access_key(
    *, user: User, name: str, scope: str = AccessKey.Scope.CHAT, expires_at: datetime | None = None
) -> tuple[AccessKey, str]:
    """A new key of `user` and its secret, which nobody can read again. Raises QuotaExceeded.

    The key is as good as what `user` was authenticated with: were the password changed meanwhile, it is born dead.
    """
    User.objects.select_for_update().only("pk").get(pk=user.pk)
    if AccessKey.objects.filter(user=user, revoked_at=None).count() >= MAX_KEYS:
        raise QuotaExceeded(f"You may have {MAX_KEYS} access keys. Revoke one first.")
    secret = PREFIX + secrets.token_urlsafe(KEY_BYTES)
    key = AccessKey.objects.create(
        user=user,
        name=name,
        scope=scope,
        expires_at=expires_at,
        start=secret[:8],
        key_hash=hash_key(secret),
        credentials_version=user.credentials_version,
    )
    return key, secret


@transaction.atomic
def revoke_access_key(*, key: AccessKey) -> None:
    """Ends a key for good, and its sockets: higher layers hear of the saved row. Revoking twice changes nothing."""
    live = AccessKey.objects.select_for_update().filter(pk=key.pk, revoked_at=None).first()
    if live is not None:
        live.revoked_at = timezone.now()
        live.save(update_fields=["revoked_at"])


def note_use(*, key: AccessKey) -> None:
    """Remembers that `key` was used, to the minute, so that a busy key does not write at every request."""
    now = timezone.now()
    if key.last_used_at is None or (now - key.last_used_at).total_seconds() >= 60:
        AccessKey.objects.filter(pk=key.pk).update(last_used_at=now)


@transaction.atomic
def end_credentials(*, user: User) -> None:
    """Ends every session, token, access key, ticket and socket of a user; the password stays as it is."""
    locked = User.objects.select_for_update().get(pk=user.pk)
    locked.credentials_version += 1
    locked.save(update_fields=["credentials_version"])


def update_profile(*, user: User, **changes: str) -> None:
    """Changes `first_name` and `last_name`, those that are given."""
    for name in changes:
        setattr(user, name, changes[name])
    if changes:
        user.save(update_fields=[*changes])
