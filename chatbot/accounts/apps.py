"""The accounts app."""

from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "chatbot.accounts"
    label = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        """Connects what listens: log-ins are written down, first addresses made primary."""
        import_module("chatbot.accounts.sessions")
        import_module("chatbot.accounts.addresses")
