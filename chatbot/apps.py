"""The project as an app: its Celery application, system checks and management commands."""

from importlib import import_module

from django.apps import AppConfig

from chatbot import celery


class ChatbotConfig(AppConfig):
    name = "chatbot"
    label = "chatbot"
    celery_app = celery.app

    def ready(self) -> None:
        """Registers the system checks."""
        import_module("chatbot.checks")
