"""What is encrypted at rest."""

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from chatbot.lib.crypto import DecryptionFailed, decrypt, encrypt


def new_key() -> str:
    return Fernet.generate_key().decode()


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_what_was_sealed_can_be_opened(value: str) -> None:
    assert decrypt(encrypt(value)) == value


def test_a_seal_hides_the_value_and_is_never_the_same_twice() -> None:
    first, second = encrypt("sk-secret-key"), encrypt("sk-secret-key")
    assert "secret" not in first
    assert first != second


def test_an_old_key_still_opens_and_the_first_one_seals(settings: Settings) -> None:
    old, new = new_key(), new_key()
    settings.ENCRYPTION_KEYS = [old]
    sealed = encrypt("value")
    settings.ENCRYPTION_KEYS = [new, old]
    assert decrypt(sealed) == "value"
    again = encrypt("value")
    settings.ENCRYPTION_KEYS = [new]
    assert decrypt(again) == "value"


def test_a_key_that_does_not_fit_is_told_plainly(settings: Settings) -> None:
    sealed = encrypt("value")
    settings.ENCRYPTION_KEYS = [new_key()]
    with pytest.raises(DecryptionFailed):
        decrypt(sealed)


def test_a_seal_that_was_changed_does_not_open() -> None:
    sealed = encrypt("value")
    with pytest.raises(DecryptionFailed):
        decrypt(sealed[:-4] + "AAAA")
