"""`python -m tests.chaos.skewed COMMAND`: manage.py in a process whose clock is wrong by CLOCK_OFFSET_SECONDS."""

import os
import sys
from time import time

import time_machine
from django.core.management import execute_from_command_line


def main() -> None:
    offset = float(os.environ["CLOCK_OFFSET_SECONDS"])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatbot.settings")
    with time_machine.travel(time() + offset, tick=True):
        execute_from_command_line(["manage.py", *sys.argv[1:]])


if __name__ == "__main__":
    main()
