"""The project as an app: its Celery application, system checks and management commands; and the apps it adapts."""

from importlib import import_module

from allauth.usersessions.apps import UserSessionsConfig
from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig

from chatbot import celery


class ChatbotConfig(AppConfig):
    name = "chatbot"
    label = "chatbot"
    celery_app = celery.app

    def ready(self) -> None:
        """Registers the system checks."""
        import_module("chatbot.checks")


class StaffAdminConfig(AdminConfig):
    default_site = "chatbot.accounts.admin_site.StaffSite"

    def ready(self) -> None:
        """After allauth's pages are registered, ours take their place."""
        super().ready()
        import_module("chatbot.accounts.sign_in_admin")


class SessionsConfig(UserSessionsConfig):  # type: ignore[misc]
    """allauth's app without its receivers: chatbot.accounts.sessions writes sessions down, at a bounded cost."""

    def ready(self) -> None:
        """Connects nothing."""
