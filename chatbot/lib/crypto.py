"""Encryption at rest: a text field whose value only a holder of ENCRYPTION_KEYS can read, and the rotation of keys."""

from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


class DecryptionFailed(Exception):
    """No key in ENCRYPTION_KEYS opens the stored value."""


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.ENCRYPTION_KEYS])


def encrypt(value: str) -> str:
    """`value` sealed with the first key."""
    return _fernet().encrypt(value.encode()).decode()


def decrypt(token: str) -> str:
    """The value inside `token`; raises DecryptionFailed when no key fits."""
    try:
        return _fernet().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise DecryptionFailed("No key in ENCRYPTION_KEYS opens this value.") from error


class EncryptedTextField(models.TextField[str, str]):
    """Text that is plain in Python and sealed in the database. It cannot be searched or compared there.

    Saving seals anew with the first key, so saving a row once is how it moves to a new key.
    """

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else encrypt(value)

    def from_db_value(self, value: str | None, *_: object) -> str | None:
        return None if value is None else decrypt(value)
