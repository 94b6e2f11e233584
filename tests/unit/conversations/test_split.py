"""A long array is cut into its elements, wherever the pieces of the file end."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.imports.split import CutShort, TooDeep, split_array

LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.text())
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=8
)
ROOM = {"most_bytes": 10_000, "most_depth": 50}


def pieces(document: bytes, size: int) -> list[bytes]:
    return [document[start : start + size] for start in range(0, len(document), size)]


@given(st.lists(VALUES, max_size=5), st.integers(1, 40), st.booleans())
def test_every_object_and_array_comes_out_as_it_was(elements: list[Any], size: int, ascii_only: bool) -> None:
    document = json.dumps(elements, ensure_ascii=ascii_only).encode(errors="surrogatepass")
    found = [json.loads(element or b"") for element in split_array(pieces(document, size), **ROOM)]
    assert found == [element for element in elements if isinstance(element, dict | list)]


@pytest.mark.parametrize("size", range(1, 30))
def test_brackets_and_quotes_in_strings_are_text(size: int) -> None:
    document = rb'[{"a": "]}\"["}, ["\\", "\\\"]"], {"\u005d": "}"}]'
    assert list(split_array(pieces(document, size), **ROOM)) == [
        rb'{"a": "]}\"["}',
        rb'["\\", "\\\"]"]',
        rb'{"\u005d": "}"}',
    ]


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_broken_element_harms_no_other(size: int) -> None:
    document = b'[{"a": 1}, {"b": tru, \xff}, {"c": 3}]'
    assert list(split_array(pieces(document, size), **ROOM)) == [b'{"a": 1}', b'{"b": tru, \xff}', b'{"c": 3}']


@pytest.mark.parametrize("size", [1, 9, 1000])
def test_an_element_that_is_too_large_is_passed_by(size: int) -> None:
    document = json.dumps([{"a": 1}, {"b": "x" * 100}, {"c": 3}]).encode()
    found = list(split_array(pieces(document, size), most_bytes=50, most_depth=9))
    assert found == [b'{"a": 1}', None, b'{"c": 3}']


def test_what_ends_too_early_is_told_after_what_was_whole() -> None:
    for document in (b"", b"[", b'[{"a": 1}', b'[{"a": 1}, {"b', b'[{"a": "\\'):
        found = []
        with pytest.raises(CutShort):
            for element in split_array([document], **ROOM):
                found.append(element)
        assert found == [b'{"a": 1}'] * document.count(b"1}")


def test_what_is_nested_too_deeply_is_refused() -> None:
    with pytest.raises(TooDeep):
        list(split_array([b"[" * 1_000_000], **ROOM))


def test_what_stands_around_the_array_is_passed_by() -> None:
    assert list(split_array([b"\xef\xbb\xbf  [1, {}, 2]  and more ]["], **ROOM)) == [b"{}"]
