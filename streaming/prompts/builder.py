"""Builds the prompt for one generation: system text, the branch of the conversation, what fits."""

from dataclasses import dataclass

from conversations.models import Conversation, Message
from conversations.selectors import messages_in
from moderation.neutralise import neutralise
from streaming.llm.types import ChatMessage, Prompt, Target
from streaming.prompts.tokens import estimate_message, estimate_tokens
from streaming.prompts.window import SMALLEST_ANSWER, answer_budget, fit

# Messages read from the database for one prompt: more than any window here holds at a useful length.
HISTORY_LENGTH = 200
ANSWERED = {Message.Status.COMPLETED, Message.Status.STOPPED}


@dataclass(frozen=True, slots=True)
class Material:
    """What the prompt of a generation is made of; each target cuts its own prompt from it."""

    system: str
    turns: list[ChatMessage]
    max_tokens: int | None

    def prompt_for(self, target: Target, *, carried: str = "", shrink: float = 1.0) -> Prompt:
        """The prompt that fits `target`; of its turns, the part `shrink` may stay where a target counts otherwise.

        `carried` is the beginning of the answer: the prompt ends with it where the target continues such a message.
        White space at its end stays out: tokens begin with it rather than end with it, and some providers refuse it.
        """
        prefill = carried.rstrip() if target.can_prefill else ""
        answer = answer_budget(
            context_window=target.context_window,
            max_output_tokens=min(self.max_tokens or target.max_output_tokens, target.max_output_tokens),
        )
        max_tokens = max(SMALLEST_ANSWER, answer - estimate_tokens(prefill))
        before = [ChatMessage(role="system", content=self.system)] if self.system else []
        after = [ChatMessage(role="assistant", content=neutralise(prefill))] if prefill else []
        fixed = _tokens_in(before) + _tokens_in(after)
        turns = fit(self.turns, budget=target.context_window - max_tokens - fixed)
        if shrink < 1:
            turns = fit(turns, budget=int(_tokens_in(turns) * shrink))
        return Prompt([*before, *turns, *after], max_tokens, tokens=fixed + _tokens_in(turns), prefill=prefill)


def _tokens_in(messages: list[ChatMessage]) -> int:
    return sum(estimate_message(message["content"]) for message in messages)


def branch_to(message: Message, candidates: list[Message]) -> list[Message]:
    """The messages from the root to `message`, along the parents, as far back as `candidates` reach."""
    by_id = {candidate.pk: candidate for candidate in candidates}
    branch, current = [], message
    while True:
        branch.append(current)
        parent = by_id.get(current.parent_id) if current.parent_id else None
        if parent is None:
            return branch[::-1]
        current = parent


def gather(*, conversation: Conversation, prompt: Message, default_system: str) -> Material:
    """Reads what the answer to `prompt` is to be made from. Control tokens lose their power here, not in storage."""
    earlier = messages_in(conversation).filter(sequence_number__lt=prompt.sequence_number)
    candidates = list(earlier.order_by("-sequence_number")[:HISTORY_LENGTH])
    turns = [
        ChatMessage(role=message.role, content=neutralise(message.content))
        for message in branch_to(prompt, candidates)
        if message.content and message.status in ANSWERED
    ]
    config = conversation.model_config
    return Material(
        system=config.get("system_prompt") or default_system, turns=turns, max_tokens=config.get("max_tokens")
    )
