"""The accounts app."""

from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "chatbot.accounts"
    label = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        """Writes down log-ins from now on."""
        import_module("chatbot.accounts.sessions")
