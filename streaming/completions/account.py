"""What one call has used: the provider's count where it gives one, else ours. It also goes into the metrics."""

import time
from typing import Any

from chatbot.lib import metrics
from streaming.completions.call import Call, estimated_size
from streaming.ledger import Tokens
from streaming.models import Completion
from streaming.prompts.tokens import estimate_tokens


class Account:
    """Listens to one answer."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._said: list[str] = []
        self._first_at: float | None = None
        self.model = call.targets[0].language_model if call.targets else call.new.model

    @property
    def silent(self) -> bool:
        """Whether the model has said nothing."""
        return self._first_at is None

    def hear(self, said: str) -> None:
        """What the next chunk says."""
        if self._first_at is None:
            self._first_at = time.monotonic()
        if said:
            self._said.append(said)

    def so_far(self) -> Tokens:
        """Ours, while the answer goes on. Not on the loop: it reads all that was said."""
        return Tokens(self._call.size.guess, estimate_tokens("".join(self._said)), estimated=True)

    def counted(self, usage: dict[str, Any] | None) -> Tokens | None:
        """The provider's count, None where it gives none, or one that cannot be."""
        prompt, completion = (_count(usage or {}, name) for name in ("prompt_tokens", "completion_tokens"))
        if prompt is None or completion is None or (completion == 0 and self._said):
            return None
        return Tokens(prompt, completion, estimated=False)

    def estimated(self) -> Tokens:
        """Ours, for an answer that nobody counted. Not on the loop: it reads prompt and answer."""
        return Tokens(estimated_size(self._call.new).at_most, estimate_tokens("".join(self._said)), estimated=True)

    def measure(self, status: Completion.Status, tokens: Tokens) -> None:
        """Puts the call into the metrics."""
        now = time.monotonic()
        metrics.MESSAGE_LATENCY.labels(self.model, status.value).observe(now - self._call.began_at)
        metrics.TOKENS.labels(self.model, "prompt").inc(tokens.prompt)
        metrics.TOKENS.labels(self.model, "completion").inc(tokens.completion)
        if self._first_at is not None:
            metrics.FIRST_TOKEN.labels(self.model).observe(self._first_at - self._call.began_at)
            if (seconds := now - self._first_at) > 0:
                metrics.TOKENS_PER_SECOND.labels(self.model).observe(tokens.completion / seconds)


def usage_of(tokens: Tokens, told: dict[str, Any] | None) -> dict[str, Any]:
    """The usage as clients are told it: what the provider told, where that was taken."""
    counts = {"prompt_tokens": tokens.prompt, "completion_tokens": tokens.completion}
    return {**({} if tokens.estimated else told or {}), **counts, "total_tokens": tokens.prompt + tokens.completion}


def _count(usage: dict[str, Any], name: str) -> int | None:
    value = usage.get(name)
    # The largest that its column takes.
    return value if type(value) is int and 0 <= value < 1 << 31 else None
