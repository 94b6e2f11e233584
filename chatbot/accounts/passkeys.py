"""The forms of passkeys: allauth's, with a credential that is read with care, since anybody may send one."""

import json
import struct
from collections.abc import Callable
from typing import Any

from allauth.mfa.webauthn import forms as webauthn
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# What an authenticator says fits into a fraction of this.
LONGEST = 64 * 1024


class CredentialField(forms.JSONField):
    """What an authenticator has said: a JSON object. Nothing that is sent in its place can do more than be refused."""

    def __init__(self) -> None:
        super().__init__(required=True, widget=forms.HiddenInput)

    def to_python(self, value: Any) -> Any:
        """The object; raises ValidationError."""
        try:
            if len(value or "") > LONGEST:
                raise ValueError("long")
            found = super().to_python(value)
            # Text that is no Unicode, numbers that are none: not from an authenticator.
            json.dumps(found, allow_nan=False).encode("ascii")
            json.dumps(found, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as error:
            raise ValidationError(_("Incorrect code."), code="incorrect_code") from error
        if found is not None and not isinstance(found, dict):
            raise ValidationError(_("Incorrect code."), code="incorrect_code")
        return found


# How parsers fail on what no authenticator has written.
UNREADABLE = (
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    RecursionError,
    struct.error,
    InvalidSignature,
    UnsupportedAlgorithm,
)


def _carefully(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except UNREADABLE as error:
        raise ValidationError(_("Incorrect code."), code="incorrect_code") from error


class AddPasskey(webauthn.AddWebAuthnForm):  # type: ignore[misc]
    """Adds one."""

    name = forms.CharField(label=_("Name"), required=False, max_length=80)
    credential = CredentialField()
    passwordless = forms.BooleanField(
        label=_("Sign in with it alone"),
        required=False,
        initial=True,
        help_text=_("Without your password. The device then checks that it is you, by fingerprint, face or PIN."),
    )

    def clean(self) -> Any:
        """What was sent, proved; raises ValidationError."""
        return _carefully(super().clean)


class AuthenticateByPasskey(webauthn.AuthenticateWebAuthnForm):  # type: ignore[misc]
    """The second step of a log-in."""

    credential = CredentialField()

    def clean_credential(self) -> Any:
        """Whose it is, proved; raises ValidationError."""
        return _carefully(super().clean_credential)


class LogInByPasskey(webauthn.LoginWebAuthnForm):  # type: ignore[misc]
    """A log-in without a password."""

    credential = CredentialField()

    def clean_credential(self) -> Any:
        """Whose it is, proved; raises ValidationError."""
        return _carefully(super().clean_credential)


class ReauthenticateByPasskey(webauthn.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """Proves again who is there."""

    credential = CredentialField()

    def clean_credential(self) -> Any:
        """Whose it is, proved; raises ValidationError."""
        return _carefully(super().clean_credential)
