"""A short part of `make fuzz-api`."""

from tests.fuzz.run import fuzz


def test_every_operation_answers_as_the_schema_says() -> None:
    done = fuzz("daphne", examples=2, seed=1, arguments=["--phases", "examples,coverage"])
    assert done.returncode == 0, done.stdout
    assert "Tested: 55" in done.stdout
