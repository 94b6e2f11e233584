"""Names of files as users gave them. They are shown and never used as a path."""

import re

LONGEST = 255
UNNAMED = "file"
# What may follow the last dot as a file's extension.
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,10}$")
# They turn the direction of what follows: `gpj.exe` would read as `exe.jpg`.
_TURNS = re.compile(r"[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")


def tidy_name(raw: str) -> str:
    """The last part of a path without characters that cannot be shown, at most LONGEST characters, never empty."""
    whole = raw.encode(errors="ignore").decode()
    last = re.split(r"[/\\]", whole)[-1]
    shown = "".join(character for character in last if character.isprintable() or character in "\u200c\u200d")
    name = _TURNS.sub("", shown).strip(" .") or UNNAMED
    if len(name) <= LONGEST:
        return name
    end = extension_of(name)
    return name[: LONGEST - len(end)] + end


def extension_of(name: str) -> str:
    """The extension with its dot; empty when there is none."""
    match = _EXTENSION.search(name)
    return match[0] if match and match.start() > 0 else ""


def name_for(name: str, extensions: tuple[str, ...]) -> str:
    """`name` with an extension that is one of `extensions`: its own, or the first of them in its place."""
    own = extension_of(name)
    if own.lower() in extensions:
        return name
    return tidy_name(name.removesuffix(own)[: LONGEST - 11] + extensions[0])
