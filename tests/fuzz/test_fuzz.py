"""A short part of `make fuzz-api`."""

import re

from tests.fuzz.run import fuzz


def test_every_operation_answers_as_the_schema_says() -> None:
    done = fuzz("daphne", examples=2, seed=1, arguments=["--phases", "examples,fuzzing"])
    assert done.returncode == 0, done.stdout
    operations = re.search(r"Selected: (\d+)/(\d+)\s+Tested: (\d+)", done.stdout)
    assert operations, done.stdout
    assert len({*operations.groups()}) == 1
    assert int(operations[3]) > 50
