"""One chat request as the fake provider received it, and the good answer that its script makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chatbot.dev.fakellm.directive import strip
from chatbot.dev.fakellm.script import Script
from chatbot.dev.fakellm.structured import wanted_call, wanted_text
from chatbot.dev.fakellm.wire import Reply, message_text, split_tokens

WRONG_KEY = "wrong"


@dataclass(frozen=True, slots=True)
class Received:
    """Headers (names in lower case) and the JSON body. Raises ValueError when that holds no proper messages."""

    headers: Mapping[str, str]
    body: dict[str, Any]

    def __post_init__(self) -> None:
        messages = self.body.get("messages") if isinstance(self.body, dict) else None
        if not messages or not all(isinstance(one, dict) and "role" in one for one in messages):
            raise ValueError("a JSON object with a list of messages is needed")

    @property
    def messages(self) -> list[dict[str, Any]]:
        return list(self.body["messages"])

    @property
    def prompt(self) -> str:
        """The text of the last user message."""
        return next((message_text(one) for one in reversed(self.messages) if one["role"] == "user"), "")

    @property
    def prompt_tokens(self) -> int:
        return sum(len(split_tokens(message_text(message))) for message in self.messages)

    @property
    def wants_stream(self) -> bool:
        return bool(self.body.get("stream"))

    def reply(self, script: Script) -> Reply:
        """The answer of `script`: after the beginning the request may give, within its max_tokens, up to its stop."""
        call = wanted_call(self.body, script)
        tokens = split_tokens(call.arguments if call else self._text(script))
        limit = self.body.get("max_completion_tokens") or self.body.get("max_tokens") or len(tokens)
        options = self.body.get("stream_options") or {}
        return Reply(
            model=str(self.body.get("model", "")),
            tokens=tokens[:limit],
            thoughts=split_tokens(" ".join(f"thought{number}" for number in range(1, script.reasoning + 1))),
            prompt_tokens=self.prompt_tokens,
            finish_reason="length" if limit < len(tokens) else "tool_calls" if call else "stop",
            include_usage=bool(options.get("include_usage")),
            tool=call.name if call else None,
            logprobs=bool(self.body.get("logprobs")),
        )

    def _text(self, script: Script) -> str:
        last = self.messages[-1]
        beginning = message_text(last) if last["role"] == "assistant" else ""
        text = None if script.has_words else wanted_text(self.body, strip(self.prompt))
        text = script.words(self.prompt).removeprefix(beginning) if text is None else text
        stop = self.body.get("stop") or ()
        for end in [stop] if isinstance(stop, str) else stop:
            text = text.split(end)[0]
        return text


def is_authorised(headers: Mapping[str, str]) -> bool:
    """Whether the headers carry a bearer key other than the wrong one."""
    scheme, _, key = headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and key.strip() not in ("", WRONG_KEY)
