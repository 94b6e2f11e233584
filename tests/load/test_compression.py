"""The bench of compression runs from end to end. Nothing here judges its figures."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.load.compression.texts import messages, read_text


def test_messages_use_the_text_once_and_in_order() -> None:
    text = " ".join(str(number) for number in range(20_000))
    made = messages(text, 10_000)
    assert "".join("".join(made).split()) == "".join(text.split())
    assert made[:5] == messages(text, 5)


def test_every_string_of_json_counts_as_text(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"x": ["one", {"y": "two"}], "n": 3}\n\n{"x": "three\\ud800\\u0000"}\n')
    (tmp_path / "b.md").write_text("four")
    (tmp_path / "c.bin").write_bytes(b"\xff\xfe")
    assert read_text(tmp_path).split() == ["one", "two", "three", "four"]


def test_without_a_folder_the_projects_own_files_are_read() -> None:
    assert len(read_text(None)) > 500_000


@pytest.mark.timeout(240)
def test_a_short_run_says_what_each_form_takes(tmp_path: Path) -> None:
    (tmp_path / "text.md").write_text(read_text(None)[:200_000])
    environment = {**os.environ, "DATA": str(tmp_path), "MESSAGES": "60"}
    command = [sys.executable, "-m", "tests.load.compression"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for words in ("60 messages", "in PostgreSQL", "pglz", "in the archive", "zstd 9 *", "on the wire"):
        assert words in done.stdout
