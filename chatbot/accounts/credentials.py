"""Credentials that were shown once, and the one question asked of them again and again: is it still good, and whose?

The question is one plain SQL statement for each kind: every request and every socket waits for it, and the ORM would
take six times as long.
"""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import msgspec
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model
from django.utils.crypto import constant_time_compare

from chatbot.accounts.models import AccessKey, Tier, User
from chatbot.accounts.services import note_use
from chatbot.lib.errors import Forbidden, Unauthorized


class Credential(msgspec.Struct, frozen=True):
    """What a caller proved to have.

    kind      id                  proof
    session   session key         the session's hash of password and version
    key       hash of the key     -
    tokens    id of the family    the version that the token names
    """

    kind: Literal["session", "key", "tokens"]
    id: str
    # A key does not name its user.
    user_id: UUID | None = None
    proof: str = ""


@dataclass(frozen=True, slots=True)
class Caller:
    """A user, what proved it, and the key when it was one."""

    user: User
    credential: Credential
    key: AccessKey | None = None

    def require_chat(self) -> None:
        """Raises Forbidden unless this caller may send messages."""
        if not self.user.may_use_chat:
            raise Forbidden("This account may not use the chat.")
        if self.key is not None and self.key.scope != AccessKey.Scope.CHAT:
            raise Forbidden("This access key may only read.")


class _Columns:
    """The columns of a model in a SELECT, and the object that they make."""

    def __init__(self, model: type[Model], alias: str) -> None:
        fields = model._meta.concrete_fields
        self._model = model
        self._names = [field.attname for field in fields]
        self.sql = ", ".join(f'{alias}."{field.column}"' for field in fields)

    def __len__(self) -> int:
        return len(self._names)

    def make(self, values: tuple[Any, ...]) -> Any:
        """The object."""
        return self._model.from_db(DEFAULT_DB_ALIAS, self._names, values)


_USER, _TIER, _KEY = _Columns(User, "u"), _Columns(Tier, "t"), _Columns(AccessKey, "c")
_WHO = f"{_USER.sql}, {_TIER.sql}"
_OF_USER = "JOIN accounts_user u ON u.id = c.user_id JOIN accounts_tier t ON t.id = u.tier_id"
_LIVE = "c.revoked_at IS NULL AND c.credentials_version = u.credentials_version AND u.is_active"

# What is put together here are names of columns.
_BY_SESSION = f"""
SELECT {_WHO} FROM accounts_user u JOIN accounts_tier t ON t.id = u.tier_id
WHERE u.id = %(user)s AND u.is_active
      AND EXISTS (SELECT 1 FROM django_session WHERE session_key = %(id)s AND expire_date > now())
"""  # noqa: S608
_BY_KEY = f"""
SELECT {_WHO}, {_KEY.sql} FROM accounts_accesskey c {_OF_USER}
WHERE c.key_hash = %(id)s AND (c.expires_at IS NULL OR c.expires_at > now()) AND {_LIVE}
"""  # noqa: S608
_BY_TOKENS = f"""
SELECT {_WHO} FROM accounts_tokenfamily c {_OF_USER}
WHERE c.id = %(id)s AND c.user_id = %(user)s AND c.expires_at > now() AND {_LIVE}
"""  # noqa: S608
_STATEMENTS = {"session": _BY_SESSION, "key": _BY_KEY, "tokens": _BY_TOKENS}


def confirm(credential: Credential) -> Caller:
    """Whose credential it is, with the tier loaded; raises Unauthorized when it is not good, or no longer.

    One statement; a key also notes once a minute that it is used.
    """
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENTS[credential.kind], {"id": credential.id, "user": credential.user_id})
        row = cursor.fetchone()
    if row is None:
        raise Unauthorized()
    user: User = _USER.make(row[: len(_USER)])
    user.tier = _TIER.make(row[len(_USER) : len(_USER) + len(_TIER)])
    if not _proves(credential, user):
        raise Unauthorized()
    if credential.kind != "key":
        return Caller(user, credential)
    key: AccessKey = _KEY.make(row[len(_USER) + len(_TIER) :])
    key.user = user
    note_use(key=key)
    return Caller(user, msgspec.structs.replace(credential, user_id=user.pk), key)


def _proves(credential: Credential, user: User) -> bool:
    if credential.kind == "session":
        good = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
        return any(constant_time_compare(credential.proof, one) for one in good)
    return credential.kind == "key" or credential.proof == str(user.credentials_version)


def owner_of_key(key_hash: str) -> UUID | None:
    """Whose key it would be, good or not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT user_id FROM accounts_accesskey WHERE key_hash = %s", [key_hash])
        row = cursor.fetchone()
    return row[0] if row else None
