"""Snippets: where the words stand in a text, and the passage that is shown."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.search.snippets import LENGTH, Part, find_marks, make_snippet

UNSPACED = "[฀-\u0eff\u1000-႟ក-\u17ff⺀-鿿가-\ud7af豈-\ufaff\U00020000-\U0003ffff]"
SEARCH_TEXT = re.compile(rf"[/\\@:_+#%~|<>&;=-]|\.(?=\w)|(?={UNSPACED})|(?<={UNSPACED})(?=\w)")
START, END = "\ue000", "\ue001"


def shown(parts: list[Part]) -> str:
    return "".join(f"[{part['text']}]" if part["match"] else part["text"] for part in parts)


def marked(content: str, *words: str) -> list[tuple[int, int]]:
    """The marks of these words, as the database would give them for `content`."""
    text = SEARCH_TEXT.sub(" ", content)
    for word in words:
        text = re.sub(rf"(?<!\w){word}(?!\w)", f"{START}{word}{END}", text)
    return find_marks(content, text, start=START, end=END)


@pytest.mark.parametrize(
    ("content", "words", "expected"),
    [
        ("plain words only", ["words"], ["words"]),
        ("see example.com/a-b, end.", ["com", "b", "end"], ["com", "b", "end"]),
        ("parse_json_value", ["json"], ["json"]),
        ("我在中国住了", ["中", "国"], ["中", "国"]),
        ("x中/文.字y 中", ["文", "y"], ["文", "y"]),
        ("ends in中", ["中"], ["中"]),
        ("🎉 party 🎉", ["party"], ["party"]),
        ("", [], []),
    ],
)
def test_marks_are_found_in_the_text_as_it_was_written(content: str, words: list[str], expected: list[str]) -> None:
    assert [content[first:last] for first, last in marked(content, *words)] == expected


@given(st.text("ab ./_-中文ก.\n", max_size=60))
def test_every_mark_stands_for_what_it_marks(content: str) -> None:
    text = SEARCH_TEXT.sub(" ", content)
    around = re.sub(r"[ab]+|[中文ก]", lambda found: START + found[0] + END, text)
    marks = find_marks(content, around, start=START, end=END)
    assert [content[first:last] for first, last in marks] == re.findall(r"[ab]+|[中文ก]", text)


def test_a_short_text_is_shown_whole() -> None:
    assert shown(make_snippet("The quick  brown\nfox", [(4, 9), (17, 20)])) == "The [quick] brown [fox]"


def test_marks_that_touch_are_one() -> None:
    assert shown(make_snippet("中国人", [(1, 2), (0, 1)])) == "[中国]人"


def test_a_long_text_is_cut_where_most_matches_are() -> None:
    content = "match " + "filler " * 100 + "a match and a match " + "filler " * 100
    marks = [found.span() for found in re.finditer("match", content)]
    snippet = shown(make_snippet(content, marks))
    assert snippet.startswith("… filler ")
    assert snippet.endswith("filler …")
    assert snippet.count("[match]") == 2
    assert len(snippet) < LENGTH + 20


def test_a_text_without_spaces_is_cut_all_the_same() -> None:
    content = "x" * 1_000 + "y" + "x" * 1_000
    snippet = make_snippet(content, [(1_000, 1_001)])
    assert [part["text"] for part in snippet if part["match"]] == ["y"]
    assert sum(len(part["text"]) for part in snippet) <= LENGTH + 4


def test_a_text_without_marks_is_shown_from_its_beginning() -> None:
    assert shown(make_snippet("word " * 200, [])).startswith("word word")
    assert make_snippet("", []) == []


@given(st.text(max_size=600), st.lists(st.tuples(st.integers(0, 600), st.integers(1, 20)), max_size=30))
def test_a_snippet_is_always_a_passage_of_the_text(content: str, places: list[tuple[int, int]]) -> None:
    marks = [(first, first + length) for first, length in places if first + length <= len(content)]
    parts = make_snippet(content, marks)
    passage = "".join(part["text"] for part in parts).removeprefix("… ").removesuffix(" …")
    assert "".join(passage.split()) in "".join(content.split())
