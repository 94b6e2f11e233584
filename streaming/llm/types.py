"""What goes to a provider and what comes back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict


class TextPart(TypedDict):
    """A text among the parts of a message."""

    type: Literal["text"]
    text: str


class ImageUrl(TypedDict):
    """Where an image is: here always in the `url` itself, as a data URL. Nobody is sent to fetch anything."""

    url: str


class ImagePart(TypedDict):
    """An image among the parts of a message."""

    type: Literal["image_url"]
    image_url: ImageUrl


class ChatMessage(TypedDict):
    """One message of a prompt: a text, or parts of which some are images."""

    role: str
    content: str | Sequence[TextPart | ImagePart]


def text_of(message: ChatMessage) -> str:
    """What a message says in words."""
    content = message["content"]
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content if part["type"] == "text")


class Notice(TypedDict):
    """What the user should know of a file of theirs that a prompt does not hold whole."""

    code: Literal["image_not_seen", "file_cut", "file_left_out"]
    attachment_id: str
    message: str


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds until a connection stands, until the first token, and between two tokens."""

    connect: float
    first_token: float
    token_gap: float


@dataclass(frozen=True, slots=True)
class Target:
    """A provider, one of its models and a key: where a request can go."""

    provider: str
    base_url: str
    api_key: str = field(repr=False)
    model: str
    language_model: str
    context_window: int
    max_output_tokens: int
    can_prefill: bool = False
    can_see: bool = False
    temperature: float | None = None
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """How breakers and logs call it; without the key."""
        return f"{self.provider}/{self.model}"


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a target is asked. `tokens` is an estimate that is rather too high.

    `prefill` is the beginning of the answer, when the last message is one that the target is to continue: what it
    writes follows that text immediately. `unsummarised` counts the tokens of turns that were left out unseen.
    `notices` tell of files in the last message that are not in it whole.
    """

    messages: list[ChatMessage]
    max_tokens: int
    tokens: int
    prefill: str = ""
    unsummarised: int = 0
    notices: Sequence[Notice] = ()


@dataclass(frozen=True, slots=True)
class Finish:
    """How a stream ended. The counts are None when the provider did not tell."""

    reason: str
    prompt_tokens: int | None
    completion_tokens: int | None
