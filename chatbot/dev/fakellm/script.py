"""What the fake provider does with one request: the Script, and the directive in a message that orders one.

A black-box client orders behaviour inside the last user message: `[[fake: 429 retry_after=1 times=1]]`.

Words: a status from 400 to 599, `context_length_exceeded` (the same as 400), `hang` (no response at all), `stall`
(headers, then no token). Settings, each `name=value`, quoted where the value has spaces: every other field of Script.
"""

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

_DIRECTIVE = re.compile(r"\[\[fake:(.*?)\]\]", re.DOTALL)


class ScriptError(ValueError):
    """A directive that cannot be understood. The provider answers 400 with this text, so that a typo is seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One request's course. Faults first; what shapes a good answer after them. `after` fields count tokens sent."""

    status: int | None = None
    """Answer with this HTTP error."""
    code: str | None = None
    """The error's code, where it differs from the usual one of the status."""
    retry_after: float | None = None
    """Seconds, sent as the Retry-After header of an error."""
    context: int | None = None
    """Prompts of more than this many tokens are refused as too long."""
    hang: bool = False
    """Send nothing, not even headers, until released."""
    stall: bool = False
    """Send the headers of a stream, then nothing until released."""
    stall_after: int | None = None
    """Send nothing more after this many tokens until released."""
    disconnect_after: int | None = None
    """Drop the connection in the middle of the body."""
    cut_after: int | None = None
    """End the stream in good order, but without finish_reason, usage and [DONE]."""
    malformed_after: int | None = None
    """The line of the next token arrives broken; the stream goes on after it."""
    times: int | None = None
    """The faults hold for the first so many requests with the same last user message, then the answer is good."""

    rate: float | None = None
    """Tokens per second; None: as fast as they are read."""
    tokens: int | None = None
    """Answer with this many numbered words."""
    text: str | None = None
    """Answer with this text."""

    def without_faults(self) -> "Script":
        """The good answer this script gives once its faults are over."""
        return Script(rate=self.rate, tokens=self.tokens, text=self.text)

    def answer(self, prompt: str) -> str:
        """The whole answer to `prompt`: always the same for the same script and prompt, in Markdown."""
        if self.text is not None:
            return self.text
        if self.tokens is not None:
            return " ".join(f"word{number}" for number in range(1, self.tokens + 1))
        quoted = "\n".join(f"> {line}".rstrip() for line in strip_directives(prompt).splitlines())
        return f"You said:\n\n{quoted}\n\nThis is the **scripted provider**: the same words get the same answer."


def strip_directives(text: str) -> str:
    """`text` without its directives, trimmed."""
    return _DIRECTIVE.sub("", text).strip()


def parse_directive(text: str) -> Script | None:
    """The script that `text` orders (the last directive wins), None when it orders none. Raises ScriptError."""
    found = _DIRECTIVE.findall(text)
    if not found:
        return None
    try:
        words = shlex.split(found[-1])
    except ValueError as error:
        raise ScriptError(f"{error} in [[fake:{found[-1]}]]") from None
    script = Script()
    for word in words:
        script = _apply(script, word)
    return script


def _apply(script: Script, word: str) -> Script:
    name, is_setting, value = word.partition("=")
    try:
        if is_setting:
            return replace(script, **{name: _SETTINGS[name](value)})  # type: ignore[arg-type]
        if name.isdecimal() and 400 <= int(name) <= 599:
            return replace(script, status=int(name))
        return replace(script, **_WORDS[name])  # type: ignore[arg-type]
    except (KeyError, ValueError):
        raise ScriptError(f"unknown word {word!r} in a [[fake: …]] directive") from None


_SETTINGS: Mapping[str, Callable[[str], object]] = {
    "code": str,
    "retry_after": float,
    "context": int,
    "stall_after": int,
    "disconnect_after": int,
    "cut_after": int,
    "malformed_after": int,
    "times": int,
    "rate": float,
    "tokens": int,
    "text": str,
}
_WORDS: Mapping[str, Mapping[str, object]] = {
    "hang": {"hang": True},
    "stall": {"stall": True},
    "context_length_exceeded": {"status": 400, "code": "context_length_exceeded"},
}
