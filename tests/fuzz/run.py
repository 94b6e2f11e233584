"""A live server with one user, and schemathesis in front of it."""

import subprocess
import sys
from collections.abc import Sequence

from chatbot.dev.child import tethered
from tests.load import people
from tests.load.stage import stage

# What is asked is asked by somebody whose log-in outlasts the run.
LONG_SECONDS = "86400"
# A schema cannot say everything: that a cursor is one of ours, that an end lies in the future, that a file is an image.
# What it allows may be refused, as it also says; any other answer must be just as it says.
LEFT_OUT = "positive_data_acceptance"


def fuzz(server: str, *, examples: int, seed: int, arguments: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    """Runs schemathesis against this ASGI server; it exits with 0 where nothing was wrong."""
    with stage(durable=False) as made:
        made.environment["ACCESS_TOKEN_SECONDS"] = LONG_SECONDS
        made.serve(server)
        people.make_proofs("key", 1, made.environment)
        (proof,) = people.make_proofs("token", 1, made.environment)
        command = [
            *(sys.executable, "-m", "schemathesis.cli", "run"),
            f"http://127.0.0.1:{made.ports['web']}/api/schema/",
            *("--header", proof, "--max-examples", str(examples), "--seed", str(seed), "--exclude-checks", LEFT_OUT),
            *("--continue-on-failure", "--no-color", "--warnings", "off", *arguments),
        ]
        return subprocess.run(tethered(command), cwd=made.folder, stdout=subprocess.PIPE, text=True, check=False)
