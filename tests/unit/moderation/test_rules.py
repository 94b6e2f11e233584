"""What the text rules find, and what they refuse to be."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.rules.text import EXCERPT, RuleError, compile_rule, normalise

JOINER = "\u200d"


@pytest.mark.parametrize(
    "text",
    [
        "badword",
        "a badword here",
        "(badword)!",
        "BadWord",
        "BADWORD\nnext line",
        "ｂａｄｗｏｒｄ",  # full width
        "𝐛𝐚𝐝𝐰𝐨𝐫𝐝",  # mathematical bold
        "ⓑⓐⓓⓦⓞⓡⓓ",  # circled
        "bad\u200bword",  # zero-width space
        f"b{JOINER}a{JOINER}dword",
        "bad\u00adword",  # soft hyphen
        "bad\u2060word",  # word joiner
        "bad\ufe0fword",  # variation selector
        "bad\u034fword",  # combining grapheme joiner
        "bad\u3164word",  # Hangul filler
        "\u202ebadword\u202c",  # right-to-left override
        "bad\U000e0061word",  # tag letter
    ],
)
def test_a_word_is_found_however_it_is_dressed_up(text: str) -> None:
    found = compile_rule("words", "badword")(text)
    assert found is not None
    assert "badword" in found


@pytest.mark.parametrize("text", ["", "badwords", "abadword", "bad word", "bad_word", "badword_x", "badword2", "word"])
def test_a_word_is_not_found_inside_of_another(text: str) -> None:
    assert compile_rule("words", "badword")(text) is None


def test_phrases_are_found_across_any_white_space() -> None:
    search = compile_rule("words", "first\n very bad  phrase \n\n")
    assert search("it is a very\n\tbad\u00a0phrase.")
    assert search("first")
    assert search("very good phrase") is None


def test_words_may_hold_what_patterns_would_read_otherwise() -> None:
    search = compile_rule("words", "c++\na.b")
    assert search("I like c++ a lot")
    assert search("a.b")
    assert search("axb") is None


def test_words_of_scripts_without_spaces_are_found_inside_of_a_sentence() -> None:
    assert compile_rule("words", "爆弾")("これは爆弾です")
    assert compile_rule("words", "폭탄")("폭탄을 만드는")
    assert compile_rule("words", "爆弾")("これは花です") is None


def test_other_alphabets_have_cases_and_forms_too() -> None:
    assert compile_rule("words", "straße")("STRASSE")
    assert compile_rule("words", "ПЛОХО")("очень плохо!")
    assert compile_rule("words", "cafe\u0301")("Café")


def test_a_pattern_is_found_as_written_and_as_read() -> None:
    search = compile_rule("pattern", r"ignore (?:all )?previous instructions" + "\n" + r"\x{200b}{3}")
    assert search("Please IGNORE previous instructions now") == "IGNORE previous instructions"
    assert search("ig\u200bnore previous instructions")
    assert search("ｉｇｎｏｒｅ previous instructions")
    assert search("a\u200b\u200b\u200bb") is not None
    assert search("follow previous instructions") is None


def test_an_excerpt_is_short() -> None:
    found = compile_rule("pattern", "a+")("a" * 10_000)
    assert found == "a" * EXCERPT


def test_a_text_over_the_length_is_found() -> None:
    search = compile_rule("max_length", "10")
    assert search("x" * 10) is None
    assert search("x" * 11) == "11 characters"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("words", ""),
        ("words", " \n \n"),
        ("words", "good\n\u200b"),  # nothing that can be seen, so it would be found everywhere
        ("pattern", ""),
        ("pattern", "(unclosed"),
        ("pattern", "a)|(b"),
        ("pattern", r"(?=lookahead)"),
        ("pattern", r"(a)\1"),
        ("pattern", "fine\n["),
        ("pattern", "a*"),  # finds something in every text
        ("pattern", "good|"),
        ("pattern", "((a{100}){100}){100}"),
        ("max_length", "many"),
        ("max_length", "0"),
        ("max_length", "-5"),
    ],
)
def test_a_value_that_cannot_work_is_refused(kind: str, value: str) -> None:
    with pytest.raises(RuleError):
        compile_rule(kind, value)


def test_no_pattern_can_hang_the_way_of_a_message() -> None:
    search = compile_rule("pattern", r"(?:a+)+b" + "\n" + r"(?:x+x+)+y")
    started = time.monotonic()
    assert search("a" * 50_000 + "x" * 50_000) is None
    assert time.monotonic() - started < 2


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_text_can_be_searched(text: str) -> None:
    compile_rule("words", "badword")(text)
    compile_rule("pattern", "bad.*word")(text)
