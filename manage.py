#!/usr/bin/env python3
"""Runs a management command: `python manage.py help` lists them."""

import os
import sys

from django.core.management import execute_from_command_line

from chatbot.dev import environment
from chatbot.dev.child import StartFailed


def main() -> None:
    """Fills in the environment of one machine where none was given, then hands over to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatbot.settings")
    try:
        if sys.argv[1:2] == ["up"]:
            environment.create()
        else:
            environment.load()
            if "fakellm" in sys.argv[1:3]:
                environment.stand_in()
        execute_from_command_line(sys.argv)
    except StartFailed as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
