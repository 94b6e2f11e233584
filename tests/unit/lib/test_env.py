"""Values from the environment and from files that it names."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from chatbot import env


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WORD", "WORD_FILE"):
        monkeypatch.delenv(name, raising=False)


def test_a_value_comes_from_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORD", "said")
    assert env.text("WORD", "default") == "said"


def test_a_secret_comes_from_a_file_without_its_line_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "word").write_text("hidden\n")
    monkeypatch.setenv("WORD_FILE", str(tmp_path / "word"))
    assert env.text("WORD") == "hidden"


def test_a_variable_beside_its_file_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "word").write_text("hidden")
    monkeypatch.setenv("WORD_FILE", str(tmp_path / "word"))
    monkeypatch.setenv("WORD", "said")
    with pytest.raises(ImproperlyConfigured, match="WORD and WORD_FILE are both set"):
        env.text("WORD")


def test_a_missing_file_is_refused_and_never_replaced_by_the_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WORD_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(ImproperlyConfigured, match="WORD_FILE cannot be read"):
        env.text("WORD", "default")


def test_a_file_that_is_no_text_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "word").write_bytes(b"\xff\xfe\xff")
    monkeypatch.setenv("WORD_FILE", str(tmp_path / "word"))
    with pytest.raises(ImproperlyConfigured, match="WORD_FILE cannot be read"):
        env.text("WORD")


def test_a_value_without_default_must_be_set() -> None:
    assert env.text("WORD", "default") == "default"
    with pytest.raises(ImproperlyConfigured, match="WORD is not set"):
        env.text("WORD")


@pytest.mark.parametrize(
    ("said", "meant"), [("1", True), ("TRUE", True), ("on", True), ("0", False), ("no", False), ("", False)]
)
def test_a_flag_is_yes_or_no(monkeypatch: pytest.MonkeyPatch, said: str, meant: bool) -> None:
    monkeypatch.setenv("WORD", said)
    assert env.flag("WORD", default=not meant) is meant


def test_a_flag_keeps_its_default() -> None:
    assert env.flag("WORD", default=True)
    assert not env.flag("WORD")


def test_values_of_another_kind_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORD", "maybe")
    with pytest.raises(ImproperlyConfigured, match="must be 1 or 0"):
        env.flag("WORD")
    with pytest.raises(ImproperlyConfigured, match="must be a whole number"):
        env.number("WORD", 3)
    with pytest.raises(ImproperlyConfigured, match="must be one of daphne, uvicorn"):
        env.choice("WORD", "daphne", ("daphne", "uvicorn"))


def test_words_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORD", " a, b ,,c,")
    assert env.words("WORD") == ["a", "b", "c"]
    monkeypatch.delenv("WORD")
    assert env.words("WORD") == []


def test_a_number_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORD", "17")
    assert env.number("WORD", 3) == 17
    monkeypatch.delenv("WORD")
    assert env.number("WORD", 3) == 3
