"""What fits into a context window: the newest turns, dropped from the front as whole pairs."""

from collections.abc import Sequence

# The part of the window that the answer may take at the most.
LARGEST_ANSWER_SHARE = 0.5
SMALLEST_ANSWER = 64


def answer_budget(*, context_window: int, max_output_tokens: int) -> int:
    """Tokens kept free for the answer."""
    return max(SMALLEST_ANSWER, min(max_output_tokens, int(context_window * LARGEST_ANSWER_SHARE)))


def first_kept(roles: Sequence[str], tokens: Sequence[int], *, budget: int) -> int:
    """The index of the first turn that stays when the newest are to fit into `budget` tokens.

    Turns go as whole pairs: the first one kept is a user's, so no answer stays without its question. The last turn
    always stays, too long or not.
    """
    start, used = len(tokens), 0
    while start > 0 and (start == len(tokens) or used + tokens[start - 1] <= budget):
        start -= 1
        used += tokens[start]
    while start < len(tokens) - 1 and roles[start] != "user":
        start += 1
    return start
