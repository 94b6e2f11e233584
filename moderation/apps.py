"""The moderation app."""

from importlib import import_module

from django.apps import AppConfig


class ModerationConfig(AppConfig):
    name = "moderation"
    verbose_name = "Moderation"

    def ready(self) -> None:
        """Puts what happens in lower layers on record from now on."""
        import_module("moderation.account_audit")
        import_module("moderation.deletion_audit")
        import_module("moderation.recorder")
