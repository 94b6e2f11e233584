"""Text that clients write is kept as it was written, or refused."""

from typing import Any

import pytest
from rest_framework.exceptions import ValidationError

from chatbot.lib.fields import WrittenField


@pytest.mark.parametrize("text", [" both ends ", "\ttab", "lines\n\n", "\u00a0", "1e400"])
def test_a_text_keeps_its_spaces(text: str) -> None:
    field = WrittenField(allow_blank=True)
    assert field.run_validation(text) == text


@pytest.mark.parametrize("value", [1e400, 5, 1.5, True, [], {}, None])
def test_what_is_no_text_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        WrittenField().run_validation(value)


@pytest.mark.parametrize("text", ["", " ", "\t\r\n", "\u00a0\u2003\u3000"])
def test_nothing_that_shows_is_blank(text: str) -> None:
    with pytest.raises(ValidationError) as caught:
        WrittenField().run_validation(text)
    assert caught.value.get_codes() == ["blank"]


@pytest.mark.parametrize("text", ["nul\x00", "half \ud800"])
def test_what_no_database_keeps_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        WrittenField(allow_blank=True).run_validation(text)


def test_null_and_the_default_are_as_in_any_field() -> None:
    assert WrittenField(allow_null=True).run_validation(None) is None
    assert WrittenField(required=False, default="x").run_validation() == "x"
