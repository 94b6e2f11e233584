"""What the fake provider does with one chat request: the Script, ordered by a test or by a directive in a message.

A black-box client orders behaviour inside the last user message: `[[fake: 429 retry_after=1 times=1]]`. Words: a status
from 400 to 599, `context_length_exceeded` (the same as 400), and the name of every yes-or-no field of Script. Settings,
each `name=value`, quoted where the value has spaces: every other field.
"""

from dataclasses import dataclass, fields, replace

from chatbot.dev.fakellm.directive import ScriptError, find, parse, strip

__all__ = ["Answer", "Script", "ScriptError", "parse_directive"]

_NAME = "fake"
_OTHER_WORDS: dict[str, dict[str, object]] = {
    "context_length_exceeded": {"status": 400, "code": "context_length_exceeded"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The shape of a good answer. Nothing here makes it wrong."""

    rate: float | None = None
    """Tokens per second; None: as fast as they are read."""
    burst: int = 1
    """Tokens come in bunches of so many, at the same mean rate."""
    tokens: int | None = None
    """Answer with this many numbered words."""
    text: str | None = None
    """Answer with this text."""
    huge: int | None = None
    """Answer with one token of so many characters."""
    tool: str | None = None
    """Call this tool, where the request has it, until its result has come."""
    arguments: str | None = None
    """The arguments of the call, as JSON; None: after the tool's schema."""
    reasoning: int = 0
    """Think first: so many deltas of `reasoning_content`, at the same rate."""
    crlf: bool = False
    """The lines of a stream end with CR and LF."""
    split: int | None = None
    """Every line of a stream arrives in pieces of so many bytes, which may part a character."""

    @property
    def has_words(self) -> bool:
        """Whether the script itself says what to answer."""
        return (self.huge, self.text, self.tokens) != (None, None, None)

    def words(self, prompt: str) -> str:
        """The whole answer to `prompt`: always the same for the same script and prompt, in Markdown."""
        if self.huge is not None:
            return "x" * self.huge
        if self.text is not None:
            return self.text
        if self.tokens is not None:
            return " ".join(f"word{number}" for number in range(1, self.tokens + 1))
        quoted = "\n".join(f"> {line}".rstrip() for line in strip(prompt).splitlines())
        return f"You said:\n\n{quoted}\n\nThis is the **scripted provider**: the same words get the same answer."


@dataclass(frozen=True, slots=True, kw_only=True)
class Script(Answer):
    """One request's course: the answer and what goes wrong. Fields that end with `after` count tokens of text sent."""

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
    error_after: int | None = None
    """An error object (with `code`, if given) takes the place of the next token and ends the stream, whose status is
    200.
    """
    malformed_after: int | None = None
    """The line of the next token arrives broken; the stream goes on after it."""
    no_usage: bool = False
    """Leave the usage out, also where it was asked for."""
    no_done: bool = False
    """Leave out the [DONE] that follows the finish_reason."""
    times: int | None = None
    """The faults hold for the first so many requests with the same last user message, then the answer is good."""

    def without_faults(self) -> "Script":
        """The good answer this script gives once its faults are over."""
        return Script(**{field.name: getattr(self, field.name) for field in fields(Answer)})

    def over(self, other: "Script") -> "Script":
        """`other`, with everything that this script sets in place of its own."""
        unset = Script()
        mine = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(other, **{name: value for name, value in mine.items() if value != getattr(unset, name)})


def parse_script(words: str) -> Script:
    """The script that words order, as in a directive. Raises ScriptError."""
    return parse(words, Script(), _OTHER_WORDS)


def parse_directive(text: str) -> Script | None:
    """The script that `text` orders (the last directive wins), None when it orders none. Raises ScriptError."""
    words = find(_NAME, text)
    return None if words is None else parse_script(words)
