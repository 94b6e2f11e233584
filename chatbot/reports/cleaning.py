"""Takes out of a report what is nobody's business: query strings and fragments, ids, and what could forge log lines."""

import re

_QUERY = re.compile(
    r"([a-zA-Z][a-zA-Z0-9+.-]*://[^\s?#()]*|(?<![^\s(])/[^\s?#()]*)[?#][^\s()]*?(?=(?::\d+){0,2}(?:[\s()]|$))"
)
_ID = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")


def clean(text: str, *, longest: int) -> str:
    """The text without query strings and ids, with spaces for control characters other than line feeds, cut at
    `longest` characters.
    """
    whole = text[: 4 * longest].encode(errors="replace").decode()
    return _CONTROL.sub(" ", _ID.sub("<id>", _QUERY.sub(r"\1", whole)))[:longest]


def origin_of(address: str) -> str:
    """Scheme and host of an address; of anything else, such as `inline` or `data`, its first word."""
    found = re.match(r"[a-z][a-z0-9+.-]*://[^\s/?#]+", address, re.IGNORECASE)
    return clean(found[0] if found else address.partition(":")[0].partition("?")[0], longest=200)
