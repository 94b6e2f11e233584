"""Words, patterns and lengths. A compiled rule gives the piece of text that it found.

Patterns run on RE2, whose time is linear in the text: no pattern can hang the way of a message.
"""

import unicodedata
from collections.abc import Callable

import re2

Search = Callable[[str], str | None]

_NOT_IN_WORD = r"[^\pL\pN_]"
# Scripts that write words without spaces between them, or join particles to them.
_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR")

# Bytes of memory for one compiled pattern; RE2 refuses what needs more.
MAX_PATTERN_MEMORY = 4 << 20
EXCERPT = 80


class RuleError(ValueError):
    """The value of a rule cannot be used."""


# Invisible although their category is not Cf: joiners, fillers and variation selectors (Default_Ignorable_Code_Point).
_INVISIBLE = {"\u034f", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u3164", "\uffa0"} | {
    chr(code) for code in (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
}


def fold(text: str) -> str:
    """The text as people read it: compatibility forms folded, what nobody sees dropped."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(char for char in folded if char not in _INVISIBLE and unicodedata.category(char) != "Cf")


def normalise(text: str) -> str:
    """`fold`, with all cases alike and any white space one space."""
    return unicodedata.normalize("NFKC", " ".join(fold(text).casefold().split()))


def _lines(value: str) -> list[str]:
    lines = [line.strip() for line in value.splitlines() if line.strip()]
    if not lines:
        raise RuleError("Write at least one line.")
    return lines


def _compile(pattern: str) -> Search:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = MAX_PATTERN_MEMORY
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        raise RuleError(f"RE2 cannot read {pattern[:EXCERPT]!r}: {error}") from error
    if compiled.search(""):
        raise RuleError(f"{pattern[:EXCERPT]!r} finds something in every text.")

    def search(text: str) -> str | None:
        match = compiled.search(text)
        return None if match is None else str(match.group(0)).strip()[:EXCERPT]

    return search


def _whole_word(word: str) -> str:
    before = "" if _unspaced(word[0]) else rf"(?:^|{_NOT_IN_WORD})"
    after = "" if _unspaced(word[-1]) else rf"(?:$|{_NOT_IN_WORD})"
    return f"{before}{re2.escape(word)}{after}"


def _unspaced(char: str) -> bool:
    return unicodedata.name(char, "").startswith(_UNSPACED)


def _words(value: str) -> Search:
    words = [normalise(line) for line in _lines(value)]
    if not all(words):
        raise RuleError("A line holds nothing that can be seen.")
    search = _compile("|".join(map(_whole_word, words)))
    return lambda text: search(normalise(text))


def _patterns(value: str) -> Search:
    searches = [_compile(line) for line in _lines(value)]

    def search(text: str) -> str | None:
        # As written, and as read: what is spelt with invisible characters is found too.
        texts = dict.fromkeys((text, fold(text)))
        return next((found for text in texts for one in searches if (found := one(text)) is not None), None)

    return search


def _max_length(value: str) -> Search:
    try:
        limit = int(value)
    except ValueError as error:
        raise RuleError("Write a whole number of characters.") from error
    if limit < 1:
        raise RuleError("Write a number of at least 1.")
    return lambda text: f"{len(text)} characters" if len(text) > limit else None


_KINDS: dict[str, Callable[[str], Search]] = {"words": _words, "pattern": _patterns, "max_length": _max_length}


def compile_rule(kind: str, value: str) -> Search:
    """A function that gives what the rule finds in a text, or None; raises RuleError for an unusable value."""
    return _KINDS[kind](value)
