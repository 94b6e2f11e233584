"""`manage.py prepare`: the one-shot step of a deployment, before its processes start."""

from typing import Any

from django.core.management.base import BaseCommand

from chatbot import env
from chatbot.management.prepare import ADMIN, prepare


class Command(BaseCommand):
    """Migrations, first rows and, with ADMIN_PASSWORD, the first admin."""

    help = "Migrate the database, create the first tier, policy, provider and admin. Safe to run at every deployment."

    def handle(self, *args: Any, **options: Any) -> None:
        """Does it, and says what came of it."""
        result = prepare(env.text("ADMIN_PASSWORD", "") or None)
        self.stdout.write("The database is ready.")
        if result.admin_created:
            self.stdout.write(f"The admin account {ADMIN!r} was created.")
