"""`manage.py serve`: the web process."""

from typing import Any

from django.core.management.base import BaseCommand

from chatbot.server import serve


class Command(BaseCommand):
    """Runs until SIGTERM."""

    help = "Serve HTTP and WebSockets on HOST:PORT with the server that ASGI_SERVER names."

    def handle(self, *args: Any, **options: Any) -> None:
        """Serves."""
        serve()
