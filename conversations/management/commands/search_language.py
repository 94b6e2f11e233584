"""`manage.py search_language`: makes the messages that are there follow a change of SEARCH_LANGUAGE."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from conversations.search.language import install_language, installed_language, refresh_messages


class Command(BaseCommand):
    """Installs the language and goes through all messages. People may go on working; searches find more and more."""

    help = "Makes search follow a change of SEARCH_LANGUAGE. Safe to interrupt and to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        """Tells what it does, once for some ten thousand messages."""
        before = installed_language()
        install_language(settings.SEARCH_LANGUAGE)
        self.stdout.write(f"{before or 'another language'} → {settings.SEARCH_LANGUAGE}")
        done = 0
        for done in refresh_messages():
            if done % 50_000 == 0:
                self.stdout.write(f"{done:,} messages")
        self.stdout.write(f"{done:,} messages, done")
