"""Words, patterns and lengths. A compiled rule gives the piece of text that it found.

Patterns run on RE2, whose time is linear in the text: no pattern can hang the way of a message.
"""

import unicodedata
from collections.abc import Callable

import re2

Search = Callable[[str], str | None]

# Bytes of memory for one compiled pattern; RE2 refuses what needs more.
MAX_PATTERN_MEMORY = 4 << 20
EXCERPT = 80


class RuleError(ValueError):
    """The value of a rule cannot be used."""


def normalise(text: str) -> str:
    """The text as people read it: compatibility forms folded, invisible format characters dropped, lower case."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(char for char in folded if unicodedata.category(char) != "Cf").casefold()


def _lines(value: str) -> list[str]:
    lines = [line.strip() for line in value.splitlines() if line.strip()]
    if not lines:
        raise RuleError("Write at least one line.")
    return lines


def _compile(pattern: str) -> Callable[[str], str | None]:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = MAX_PATTERN_MEMORY
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        raise RuleError(f"RE2 cannot read {pattern[:EXCERPT]!r}: {error}") from error

    def search(text: str) -> str | None:
        match = compiled.search(text)
        return None if match is None else str(match.group(0))[:EXCERPT]

    return search


def _words(value: str) -> Search:
    words = "|".join(re2.escape(normalise(line)) for line in _lines(value))
    search = _compile(rf"(?:^|[^\pL\pN_])(?:{words})(?:$|[^\pL\pN_])")
    return lambda text: search(normalise(text))


def _patterns(value: str) -> Search:
    return _compile("|".join(f"(?:{line})" for line in _lines(value)))


def _max_length(value: str) -> Search:
    try:
        limit = int(value)
    except ValueError as error:
        raise RuleError("Write a whole number of characters.") from error
    return lambda text: f"{len(text)} characters" if len(text) > limit else None


_KINDS: dict[str, Callable[[str], Search]] = {"words": _words, "pattern": _patterns, "max_length": _max_length}


def compile_rule(kind: str, value: str) -> Search:
    """A function that gives what the rule finds in a text, or None; raises RuleError for an unusable value."""
    return _KINDS[kind](value)
