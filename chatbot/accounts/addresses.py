"""The first e-mail address of a user is the primary one, whoever adds it."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_added
from django.dispatch import receiver


@receiver(email_added)
def make_first_primary(email_address: EmailAddress, **_: Any) -> None:
    """Without a primary address no mail would reach the user."""
    email_address.set_as_primary(conditional=True)
