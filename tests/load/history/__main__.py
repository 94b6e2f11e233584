"""`make bench-history`: what reads cost in a long history, over the REST API of a live server and in SQL alone.

From the environment: ROWS (numbers of messages, one history after the other), RUNS (questions of each kind), KEEP (a
folder in which histories stay for the next run). PostgreSQL is the embedded one with its ordinary settings but for
durability and a quarter of the memory as `shared_buffers`; a history of ten million messages takes 25 GB under TMPDIR
and an hour. Exits with 1 when a read failed; aims are told, not enforced: the machine has its share in them.
"""

import os
import signal
import sys
from time import monotonic

from chatbot.dev.child import StartFailed
from tests.load.history import report
from tests.load.history.bench import bench
from tests.load.history.results import Findings

ROWS = [int(rows) for rows in os.environ.get("ROWS", "1000000,10000000").split(",")]
RUNS = int(os.environ.get("RUNS", "200"))


def say(text: str) -> None:
    """Prints a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> None:
    began, found = monotonic(), list[Findings]()
    # The servers are cleared away after this signal too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        for rows in ROWS:
            found.append(bench(rows, RUNS))
            say(f"\n{report.about(found[-1])}\n{report.head()}")
            for line in [*map(report.row, found[-1].answers), *report.verdicts(found[-1])]:
                say(line)
    except StartFailed as error:
        sys.exit(str(error))
    if len(found) > 1:
        say("\n" + "\n".join(report.growth(found[0], found[-1])))
    say(f"\n{monotonic() - began:.0f} s")
    if any(answer.failures for findings in found for answer in findings.answers):
        sys.exit("Some reads failed.")


if __name__ == "__main__":
    main()
