"""The second factor of a user: whether there is one, whether a typed code is good, and its secrets sealed at rest."""

from typing import Any

from allauth.core import context
from allauth.mfa import signals
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.core.exceptions import ValidationError
from django.db import transaction

from chatbot.accounts.models import User
from chatbot.lib import crypto
from chatbot.lib.errors import RateLimited

# Seconds for which allauth counts wrong codes (its limit `login_failed`).
WAIT_SECONDS = 300
# No code is longer; more is not worth comparing.
LONGEST_CODE = 32
# What of an authenticator's data is sealed.
SEALED = frozenset({"secret", "seed"})
BATCH = 500


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of authenticator apps and seeds of recovery codes are sealed with ENCRYPTION_KEYS."""

    def encrypt(self, text: str) -> str:
        """`text` as it is stored."""
        return crypto.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """What was stored; raises DecryptionFailed when no key fits."""
        return crypto.decrypt(encrypted_text)

    def generate_authenticator_name(self, user: User, type: str) -> str:  # noqa: A002 - allauth's name
        """What a passkey is called when its owner has no better word: Passkey, Passkey 2, …"""
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return "Passkey" if number == 1 else f"Passkey {number}"


def reseal_secrets() -> int:
    """Seals every secret anew with the first key of ENCRYPTION_KEYS, a batch in each transaction; gives how many rows
    there were. After this no older key is needed for them. Raises DecryptionFailed.
    """
    rows = Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN).order_by("pk")
    count, last = 0, 0
    while True:
        with transaction.atomic():
            batch = list(rows.filter(pk__gt=last).select_for_update()[:BATCH])
            for row in batch:
                row.data = {name: _resealed(name, value) for name, value in row.data.items()}
            Authenticator.objects.bulk_update(batch, ["data"])
        if not batch:
            return count
        count, last = count + len(batch), batch[-1].pk


def _resealed(name: str, value: Any) -> Any:
    if name in SEALED:
        return crypto.encrypt(crypto.decrypt(value))
    return [crypto.encrypt(crypto.decrypt(code)) for code in value] if name == "migrated_codes" else value


def has_second_factor(user: User) -> bool:
    """Whether a password alone does not let `user` in: an authenticator app or a passkey is set up."""
    return bool(is_mfa_enabled(user, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]))


def check_code(user: User, code: str) -> bool:
    """Whether `code` is the app's at this moment or an unused recovery code; a good one is spent by this.

    To be called while a request is served: wrong codes count against the user and against the client's address, with
    those typed on the log-in page. Raises RateLimited when there were too many.
    """
    try:
        forget_failures = check_rate_limit(user)
    except ValidationError as error:
        raise RateLimited("Too many wrong codes. Please wait.", retry_after=WAIT_SECONDS) from error
    authenticators = Authenticator.objects.filter(user_id=user.pk).exclude(type=Authenticator.Type.WEBAUTHN)
    # The app first: it is the usual one, and the one that a failure is told of.
    ordered = sorted(authenticators, key=lambda one: one.type != Authenticator.Type.TOTP)
    news = {"sender": Authenticator, "request": context.request, "user": user}
    for authenticator in ordered if 0 < len(code) <= LONGEST_CODE else ():
        if authenticator.wrap().validate_code(code):
            forget_failures()
            authenticator.record_usage()
            signals.authenticator_used.send(
                **news, authenticator=authenticator, reauthenticated=False, passwordless=False
            )
            return True
    signals.authentication_failed.send(**news, authenticator=ordered[0] if ordered else None, reauthentication=False)
    return False
