"""One call: what a program asks for, and what of it each target is asked."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from chatbot.accounts.models import User
from chatbot.lib.ratelimit import Usage
from streaming.completions.messages import Message, harmless, images_in, words_of
from streaming.llm.call import limit_name
from streaming.llm.errors import ContextTooLong
from streaming.llm.types import Target
from streaming.prompts.builder import LARGEST_OVERESTIMATE
from streaming.prompts.tokens import TOKENS_PER_MESSAGE, estimate_message, estimate_tokens
from streaming.prompts.window import SMALLEST_ANSWER

# What providers count for an image of usual size.
TOKENS_PER_IMAGE = 1_000
LIMITS = frozenset({"max_tokens", "max_completion_tokens"})
# Only to have a figure before anybody has counted.
USUAL_BYTES_PER_TOKEN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCompletion:
    """What a program asks for. `options` are sent on as they are; `max_tokens` None is as much as the model may."""

    model: str
    messages: list[Message]
    options: dict[str, Any]
    max_tokens: int | None = None
    store: bool = False
    metadata: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Size:
    """How large a prompt is. `at_most` is never too low, and dear to know closely; `guess` costs nothing."""

    at_most: int
    guess: int


def rough_size(new: NewCompletion) -> Size:
    """From the bytes alone: a token has at least one."""
    data = sum(len(words_of(message).encode()) for message in new.messages) + len(_tools(new))
    fixed = TOKENS_PER_MESSAGE * len(new.messages) + TOKENS_PER_IMAGE * sum(1 for _ in images_in(new.messages))
    return Size(at_most=data + fixed, guess=data // USUAL_BYTES_PER_TOKEN + fixed)


def estimated_size(new: NewCompletion) -> Size:
    """From the words. About 0.2 µs a character: not on the loop."""
    images = TOKENS_PER_IMAGE * sum(1 for _ in images_in(new.messages))
    words = sum(estimate_message(words_of(message)) for message in new.messages)
    tokens = words + images + estimate_tokens(_tools(new).decode())
    return Size(at_most=tokens, guess=tokens)


def _tools(new: NewCompletion) -> bytes:
    """The descriptions that a model reads beside the messages, and the calls it has made."""
    calls = [message["tool_calls"] for message in new.messages if message.get("tool_calls")]
    tools = [new.options[name] for name in ("tools", "response_format") if name in new.options]
    return msgspec.json.encode([*tools, *calls]) if tools or calls else b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call that was let in: its row is open, and it may be made. `began_at` is that of the clock `monotonic`.

    `rate` is what is left of the user's messages. `conversation_id` is where it will be kept, if it is.
    """

    id: UUID
    user: User
    new: NewCompletion
    targets: list[Target]
    size: Size
    rate: Usage
    began_at: float
    conversation_id: UUID | None

    def body_for(self, target: Target) -> dict[str, Any]:
        """The request for a target, without model and stream; raises ContextTooLong when it cannot fit.

        What staff have set for the model holds where the program says nothing. The limit of an answer always holds.
        """
        room = target.context_window - self.size.at_most
        if self.size.at_most // LARGEST_OVERESTIMATE > target.context_window - SMALLEST_ANSWER:
            raise ContextTooLong(f"{target.name}: the messages are too long")
        limit = min(self.new.max_tokens or target.max_output_tokens, target.max_output_tokens)
        body = {name: value for name, value in target.parameters.items() if name not in LIMITS}
        if target.temperature is not None:
            body["temperature"] = target.temperature
        body |= self.new.options
        body[limit_name(target)] = min(limit, max(SMALLEST_ANSWER, room))
        body["messages"] = [harmless(message) for message in self.new.messages]
        return body
