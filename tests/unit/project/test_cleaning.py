"""What is taken out of reports of browsers."""

import pytest

from chatbot.reports.cleaning import clean, origin_of

ID = "a701a204-cc11-8a00-8001-2b7c9d1e4f60"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("TypeError: row is null", "TypeError: row is null"),
        ("https://chat.example/search/?q=my+secret", "https://chat.example/search/"),
        ("https://chat.example/#secret", "https://chat.example/"),
        (f"https://chat.example/c/{ID}/?around={ID.upper()}", "https://chat.example/c/<id>/"),
        ("draw@https://chat.example/static/chat.js?v=1:12:40", "draw@https://chat.example/static/chat.js:12:40"),
        ("at f (https://chat.example/a.js?v=1:12:40)\n  at g", "at f (https://chat.example/a.js:12:40)\n  at g"),
        ("failed: /api/v1/search/?q=secret gave 500", "failed: /api/v1/search/ gave 500"),
        ("Is it a question? Yes.", "Is it a question? Yes."),
        (f"no row {ID}", "no row <id>"),
        ("a\r\nb\tc\x1b[31md\u2028e", "a \nb c [31md e"),
        ("half \ud800", "half ?"),
    ],
)
def test_query_strings_ids_and_control_characters_are_taken_out(text: str, cleaned: str) -> None:
    assert clean(text, longest=200) == cleaned


def test_a_long_text_is_cut() -> None:
    assert clean("x" * 10_000, longest=100) == "x" * 100


@pytest.mark.parametrize("text", ["https://" + "a" * 8_000 + "?", "?" * 8_000, "/?:" * 2_700, "a://?" * 1_600])
def test_no_text_takes_long(text: str) -> None:
    clean(text, longest=4_000)


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://tracker.example:8443/x/y.png?user=1", "https://tracker.example:8443"),
        ("data:image/png;base64,AAAA", "data"),
        ("inline", "inline"),
        ("blob:https://chat.example/x", "blob"),
        ("", ""),
    ],
)
def test_of_an_address_only_its_origin_is_kept(address: str, origin: str) -> None:
    assert origin_of(address) == origin
