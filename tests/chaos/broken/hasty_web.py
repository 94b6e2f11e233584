"""A web process that acknowledges a message before its commit."""

import sys
from queue import SimpleQueue
from threading import Thread
from time import sleep
from typing import Any

from django.core.management import execute_from_command_line
from django.db import connection, transaction

from streaming import services
from streaming.events import Accepted

# Seconds between the acknowledgement and the commit.
HASTE = 1.0

_submit = services.submit_message


def _acknowledge_first(**message: Any) -> Accepted:
    outcome: SimpleQueue[Accepted | Exception] = SimpleQueue()
    Thread(target=_commit_later, args=(message, outcome), daemon=True).start()
    accepted = outcome.get()
    if isinstance(accepted, Exception):
        raise accepted
    return accepted


def _commit_later(message: dict[str, Any], outcome: "SimpleQueue[Accepted | Exception]") -> None:
    try:
        with transaction.atomic():
            outcome.put(_submit(**message))
            sleep(HASTE)
    except Exception as error:
        outcome.put(error)
    finally:
        connection.close()


def main() -> None:
    services.submit_message = _acknowledge_first
    execute_from_command_line(["manage.py", *sys.argv[1:]])


if __name__ == "__main__":
    main()
