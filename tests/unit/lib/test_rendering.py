"""JSON as the REST doors write it."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ErrorDetail
from rest_framework.renderers import JSONRenderer

from chatbot.lib.rendering import FastJSON

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=20
)


def render(value: Any, kind: str = "application/json") -> bytes:
    return FastJSON().render(value, kind, {})


@given(values)
def test_every_value_comes_back_as_it_was(value: Any) -> None:
    assert json.loads(render({"value": value})) == {"value": value}


@pytest.mark.parametrize(
    "value",
    [
        None,
        {"name": [ErrorDetail("wrong", code="x"), gettext_lazy("yes")]},
        {ErrorDetail("key"): 1, None: 2},
        2**70,
        datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC),
        UUID(int=5),
        Decimal("1.5"),
        {"set": {1}},
    ],
)
def test_what_is_no_plain_json_is_written_as_the_framework_does(value: Any) -> None:
    assert render(value) == JSONRenderer().render(value, "application/json", {})


def test_half_a_surrogate_pair_is_escaped() -> None:
    assert render({"text": "half \ud83d"}) == b'{"text":"half \\ud83d"}'


def test_indentation_can_be_asked_for() -> None:
    assert render({"a": 1}, "application/json; indent=2") == b'{\n  "a": 1\n}'


def test_what_cannot_be_written_is_an_error() -> None:
    with pytest.raises(TypeError):
        render(object())
