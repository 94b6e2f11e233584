"""What integration tests share."""

import pytest
from django.test import Client

from chatbot.accounts.models import User


@pytest.fixture
def web(user: User) -> Client:
    """A browser in which `user` is logged in."""
    client = Client()
    client.force_login(user)
    return client
