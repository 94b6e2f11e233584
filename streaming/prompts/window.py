"""What fits into a context window: the newest turns, dropped from the front as whole pairs."""

from collections.abc import Sequence

from streaming.llm.types import ChatMessage
from streaming.prompts.tokens import estimate_message

# The part of the window that the answer may take at the most.
LARGEST_ANSWER_SHARE = 0.5
SMALLEST_ANSWER = 64


def answer_budget(*, context_window: int, max_output_tokens: int) -> int:
    """Tokens kept free for the answer."""
    return max(SMALLEST_ANSWER, min(max_output_tokens, int(context_window * LARGEST_ANSWER_SHARE)))


def fit(turns: Sequence[ChatMessage], *, budget: int) -> list[ChatMessage]:
    """The newest turns that fit into `budget` tokens, beginning with a user's; the last one always stays."""
    kept: list[ChatMessage] = []
    used = 0
    for turn in reversed(turns):
        used += estimate_message(turn["content"])
        if kept and used > budget:
            break
        kept.append(turn)
    kept.reverse()
    while len(kept) > 1 and kept[0]["role"] != "user":
        kept.pop(0)
    return kept
