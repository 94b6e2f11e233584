"""Writes to token families: a program's log-in, the rotation of its refresh token, its end."""

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from chatbot.accounts import tokens
from chatbot.accounts.models import TokenFamily, User
from chatbot.accounts.signals import token_reused
from chatbot.lib.errors import Unauthorized

logger = logging.getLogger(__name__)

# Two tabs, or a program and its repetition, may send one token at the same moment: who comes so soon after the winner
# is refused, and the family lives on. A thief gains nothing by it, for a spent token opens nothing.
GRACE = timedelta(seconds=10)
# Ended families are kept for so long, for staff to see.
KEEP = timedelta(days=7)
BATCH = 1_000

# The database decides who was first: of all that send one token, one finds it current. A plain filter would look at the
# row as it was before the others.
_ROTATE = """
UPDATE accounts_tokenfamily f
SET previous = f.current, current = %(next)s, refreshed_at = now(), expires_at = now() + %(lifetime)s
FROM accounts_user u
WHERE f.id = %(family)s AND f.current = %(token)s AND f.revoked_at IS NULL AND f.expires_at > now()
      AND u.id = f.user_id AND u.is_active AND u.can_use_chat AND u.credentials_version = f.credentials_version
RETURNING f.expires_at
"""
_DELETE = """
DELETE FROM accounts_tokenfamily WHERE id IN (
    SELECT id FROM accounts_tokenfamily WHERE expires_at < now() - %(keep)s ORDER BY expires_at LIMIT %(batch)s
    FOR UPDATE SKIP LOCKED
)
"""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a program gets."""

    access: str
    refresh: str


def _signed(family: TokenFamily) -> Tokens:
    return Tokens(access=tokens.sign("access", family), refresh=tokens.sign("refresh", family))


def issue_tokens(*, user: User, user_agent: str = "") -> Tokens:
    """A new family for a user who has just proved who they are, with the version of that moment."""
    family = TokenFamily.objects.create(
        user=user,
        credentials_version=user.credentials_version,
        user_agent=user_agent[:200].replace("\x00", ""),
        expires_at=timezone.now() + timedelta(days=settings.REFRESH_TOKEN_DAYS),
    )
    return _signed(family)


def rotate_tokens(*, refresh: str, address: str = "") -> Tokens:
    """New tokens for a refresh token, which is spent by that. Raises Unauthorized.

    A spent one that comes again ends its family, unless it was spent within the last seconds. `address` is the
    client's, for whoever looks into that.
    """
    claims = tokens.read("refresh", refresh)
    family = TokenFamily(
        pk=claims.family_id, user_id=claims.user_id, credentials_version=claims.version, current=uuid4()
    )
    values: dict[str, Any] = {
        "family": claims.family_id,
        "token": claims.token_id,
        "next": family.current,
        "lifetime": timedelta(days=settings.REFRESH_TOKEN_DAYS),
    }
    with connection.cursor() as cursor:
        cursor.execute(_ROTATE, values)
        row = cursor.fetchone()
    if row is None:
        _look_at_spent(claims, address)
        raise Unauthorized("This refresh token is not valid. Log in again.")
    family.expires_at = row[0]
    return _signed(family)


def _look_at_spent(claims: tokens.Claims, address: str) -> None:
    with transaction.atomic():
        families = TokenFamily.objects.select_for_update().annotate(idle=Now() - F("refreshed_at"))
        family = families.filter(pk=claims.family_id, revoked_at=None).first()
        if family is None or claims.token_id == family.current:
            return
        if claims.token_id == family.previous and family.idle < GRACE:
            return
        _end(family)
    logger.warning(
        "refresh token reused", extra={"family": str(family.pk), "user": str(family.user_id), "address": address}
    )
    token_reused.send(sender=TokenFamily, family=family, address=address)


def revoke_tokens(*, refresh: str) -> None:
    """Ends the family of a refresh token, whether it is the current one, spent or expired; raises Unauthorized."""
    claims = tokens.read("refresh", refresh, expired=True)
    revoke_family(family=TokenFamily(pk=claims.family_id))


@transaction.atomic
def revoke_family(*, family: TokenFamily) -> None:
    """Ends a family for good, and its sockets: higher layers hear of the saved row. Revoking twice changes nothing."""
    live = TokenFamily.objects.select_for_update().filter(pk=family.pk, revoked_at=None).first()
    if live is not None:
        _end(live)


def _end(family: TokenFamily) -> None:
    family.revoked_at = timezone.now()
    family.save(update_fields=["revoked_at"])


def delete_dead_families(*, batches: int) -> int:
    """Deletes families whose last token ended a week ago, at most `batches` times BATCH of them; gives how many."""
    deleted = 0
    for _ in range(batches):
        bounds: dict[str, Any] = {"keep": KEEP, "batch": BATCH}
        with connection.cursor() as cursor:
            cursor.execute(_DELETE, bounds)
            count = cursor.rowcount
        deleted += count
        if count < BATCH:
            break
    return deleted
