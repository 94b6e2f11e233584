import sys

import pytest

from chatbot.dev import step


def test_a_command_that_succeeds_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert step.run("Packages", [sys.executable, "-c", "print('noise')"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("  Packages ... ready (")
    assert "noise" not in shown


def test_a_command_that_fails_shows_all_it_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert step.run("Packages", [sys.executable, "-c", "print('the reason'); raise SystemExit(3)"]) == 3
    shown = capsys.readouterr().out
    assert "failed" in shown
    assert "the reason" in shown


def test_a_program_that_is_missing_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert step.run("Packages", ["/no/such/program"]) == 127
    assert "/no/such/program" in capsys.readouterr().out
