"""`make fuzz-api`: schemathesis over the schema that a live server gives out, with a user's token, all its phases.

From the environment: EXAMPLES (calls of each operation and phase at most), SERVER, SEED, ARGUMENTS for schemathesis.
Exits with 1 on an error of the server, or when an answer is not what the schema says.
"""

import os
import sys

from tests.fuzz.run import fuzz

EXAMPLES = int(os.environ.get("EXAMPLES", "100"))
SERVER = os.environ.get("SERVER", "uvicorn")
SEED = int(os.environ.get("SEED", "1"))
ARGUMENTS = os.environ.get("ARGUMENTS", "").split()


if __name__ == "__main__":
    done = fuzz(SERVER, examples=EXAMPLES, seed=SEED, arguments=ARGUMENTS)
    sys.stdout.write(done.stdout)
    sys.exit(done.returncode)
