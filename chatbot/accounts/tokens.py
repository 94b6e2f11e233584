"""The signed form of tokens (JWT, HS256): what they say, and whether we said it."""

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID, uuid4

import jwt
from django.conf import settings
from django.utils import timezone
from django.utils.crypto import salted_hmac

from chatbot.accounts.models import TokenFamily
from chatbot.lib.errors import Unauthorized

ALGORITHM = "HS256"
# Ours have some 400 characters.
LONGEST = 2_000

Kind = Literal["access", "refresh"]


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says: of whom it is, in which family, after how many changes of password, and which one it is."""

    user_id: UUID
    family_id: UUID
    version: int
    token_id: UUID


@lru_cache(maxsize=8)
def _signing_key(secret: str) -> bytes:
    return salted_hmac("chatbot.accounts.tokens", "signing", secret=secret, algorithm="sha256").digest()


def sign(kind: Kind, family: TokenFamily) -> str:
    """A token of this family: an access token for some minutes, or the refresh token that is the current one."""
    now = timezone.now()
    end = family.expires_at if kind == "refresh" else now + timedelta(seconds=settings.ACCESS_TOKEN_SECONDS)
    claims = {
        "typ": kind,
        "sub": str(family.user_id),
        "fam": str(family.pk),
        "ver": family.credentials_version,
        "jti": str(family.current if kind == "refresh" else uuid4()),
        "iat": int(now.timestamp()),
        "exp": int(end.timestamp()),
    }
    return jwt.encode(claims, _signing_key(settings.SECRET_KEY), algorithm=ALGORITHM)


def read(kind: Kind, token: str, *, expired: bool = False) -> Claims:
    """What a token of ours says; raises Unauthorized for any other, and unless `expired` for one that has ended."""
    claims = _verified(token, expired=expired)
    try:
        if claims["typ"] != kind:
            raise Unauthorized("This token is for something else.")
        return Claims(UUID(claims["sub"]), UUID(claims["fam"]), claims["ver"], UUID(claims["jti"]))
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise Unauthorized("This token is not valid.") from error


def _verified(token: str, *, expired: bool) -> dict[str, Any]:
    if len(token) <= LONGEST:
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
            try:
                # The clocks of our hosts differ: no token is too young.
                claims: dict[str, Any] = jwt.decode(
                    token,
                    _signing_key(secret),
                    algorithms=[ALGORITHM],
                    options={"verify_exp": not expired, "verify_iat": False},
                )
            except jwt.ExpiredSignatureError as error:
                raise Unauthorized("This token has ended.") from error
            except (jwt.InvalidTokenError, ValueError, RecursionError):
                continue
            return claims
    raise Unauthorized("This token is not valid.")
