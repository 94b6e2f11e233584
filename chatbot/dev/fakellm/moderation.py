"""The moderation endpoint: verdicts and failures that the judged text itself orders.

`[[moderation: flag=violence score=0.9]]` inside an input flags it; without a directive everything is fine. Words: a
status from 400 to 599 and the name of every yes-or-no field of ModerationScript; settings: every other field.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chatbot.dev.fakellm.directive import ScriptError, find, parse

_NAME = "moderation"
# platform.openai.com/docs/guides/moderation
CATEGORIES = (
    *("harassment", "harassment/threatening", "hate", "hate/threatening", "illicit", "illicit/violent"),
    *("self-harm", "self-harm/intent", "self-harm/instructions", "sexual", "sexual/minors"),
    *("violence", "violence/graphic"),
)
FLAGGED, UNFLAGGED = 0.98, 0.0001


@dataclass(frozen=True, slots=True, kw_only=True)
class ModerationScript:
    """One request's course: the verdict, or what goes wrong."""

    flag: str | None = None
    """Categories that are flagged, with commas between them."""
    score: float = FLAGGED
    """The score of those categories."""
    status: int | None = None
    """Answer with this HTTP error."""
    code: str | None = None
    """The error's code, where it differs from the usual one of the status."""
    retry_after: float | None = None
    """Seconds, sent as the Retry-After header of an error."""
    hang: bool = False
    """Send nothing until released."""
    disconnect: bool = False
    """Drop the connection instead of an answer."""
    garbage: bool = False
    """Status 200 and a body that is not JSON."""
    nan: bool = False
    """Every score is NaN, which JSON does not know but Python reads and writes."""
    error: bool = False
    """Status 200 and an error object."""
    empty: bool = False
    """Status 200 and no results."""
    times: int | None = None
    """The faults hold for the first so many requests with the same input; the verdict stays."""

    @property
    def categories(self) -> list[str]:
        """The flagged categories."""
        return self.flag.split(",") if self.flag else []

    def without_faults(self) -> "ModerationScript":
        """The verdict once the faults are over."""
        return ModerationScript(flag=self.flag, score=self.score)

    @property
    def is_faulty(self) -> bool:
        """Whether anything goes wrong."""
        return self != self.without_faults()

    def result(self) -> dict[str, Any]:
        """The verdict on one input."""
        flagged = self.categories
        low, high = (float("nan"), float("nan")) if self.nan else (UNFLAGGED, self.score)
        return {
            "flagged": bool(flagged),
            "categories": {name: name in flagged for name in CATEGORIES},
            "category_scores": {name: high if name in flagged else low for name in CATEGORIES},
            "category_applied_input_types": {name: ["text"] for name in CATEGORIES},
        }


def verdict(model: str, scripts: Sequence[ModerationScript]) -> dict[str, Any]:
    """The body of an answer: one result for each input."""
    results = [] if any(script.empty for script in scripts) else [script.result() for script in scripts]
    return {"id": "modr-fake", "model": model, "results": results}


def inputs_of(body: Any) -> list[str]:
    """The texts of a request, each to be judged by itself. Raises ValueError when it holds none.

    A list of parts (texts and images) is one input; an image counts as an empty text.
    """
    given = body.get("input") if isinstance(body, dict) else None
    if isinstance(given, str):
        return [given]
    if not isinstance(given, list) or not given:
        raise ValueError("an input is needed: a text, a list of texts or a list of parts")
    if all(isinstance(one, str) for one in given):
        return given
    if not all(isinstance(one, dict) for one in given):
        raise ValueError("texts and parts cannot be mixed")
    return ["\n".join(str(part.get("text", "")) for part in given)]


def parse_moderation(text: str) -> ModerationScript:
    """The script that `text` orders (the last directive wins). Raises ScriptError."""
    script = parse(find(_NAME, text) or "", ModerationScript())
    if unknown := set(script.categories) - set(CATEGORIES):
        raise ScriptError(f"unknown categories {sorted(unknown)} in a moderation directive")
    return script
