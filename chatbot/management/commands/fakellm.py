"""`manage.py fakellm`: the scripted provider as a process. It uses neither database nor Redis."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from chatbot.dev.fakellm.process import add_options, run


class Command(BaseCommand):
    """Runs until SIGINT or SIGTERM."""

    help = (
        "Run the scripted provider: an OpenAI-compatible server that fails on request (chatbot/dev/fakellm/script.py)."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Takes the options of `python -m chatbot.dev.fakellm`."""
        add_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Serves."""
        run(host=options["host"], port=options["port"], rate=options["rate"], dead_port=options["dead_port"])
