"""Directives in a text, `[[name: word setting=value …]]`: finding them, and reading their words into a dataclass."""

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import Field, fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Order = TypeVar("Order", bound=DataclassInstance)
else:
    Order = TypeVar("Order")

_DIRECTIVE = re.compile(r"\[\[(fake|moderation):(.*?)\]\]", re.DOTALL)
_READERS: Mapping[Any, Callable[[str], object]] = {
    int: int,
    int | None: int,
    float: float,
    float | None: float,
    str | None: str,
}


class ScriptError(ValueError):
    """A directive that cannot be understood. The provider answers 400 with this text, so that a typo is seen."""


def find(name: str, text: str) -> str | None:
    """The words of the last directive of that name in `text`, None when there is none."""
    found = [words for found_name, words in _DIRECTIVE.findall(text) if found_name == name]
    return found[-1] if found else None


def strip(text: str) -> str:
    """`text` without its directives, trimmed."""
    return _DIRECTIVE.sub("", text).strip()


def parse(words: str, order: Order, other_words: Mapping[str, Mapping[str, object]] | None = None) -> Order:
    """`order` with the fields that `words` set.

    A field of yes or no is set by its name, every other one by `name=value`; a number from 400 to 599 sets `status`;
    `other_words` stand for several fields. Raises ScriptError.
    """
    try:
        split = shlex.split(words)
    except ValueError as error:
        raise ScriptError(f"{error} in the directive {words!r}") from None
    known = {field.name: field for field in fields(order)}
    for word in split:
        try:
            changes = (other_words or {}).get(word) or _read(word, known)
        except (KeyError, ValueError):
            raise ScriptError(f"unknown word {word!r} in the directive {words!r}") from None
        order = replace(order, **changes)
    return order


def _read(word: str, known: Mapping[str, Field[Any]]) -> dict[str, object]:
    name, is_setting, value = word.partition("=")
    if is_setting:
        return {name: _READERS[known[name].type](value)}
    if name.isdecimal() and 400 <= int(name) <= 599:
        return {"status": int(name)}
    if known[name].type is not bool:
        raise KeyError(name)
    return {name: True}
