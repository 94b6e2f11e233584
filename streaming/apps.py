"""The streaming app."""

from importlib import import_module

from django.apps import AppConfig


class StreamingConfig(AppConfig):
    name = "streaming"
    verbose_name = "Streaming"

    def ready(self) -> None:
        """Connects the news of lower layers to the sockets."""
        import_module("streaming.nudges")
