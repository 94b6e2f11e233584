"""Builds the prompt for one generation: system text, the branch of the conversation, what fits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from conversations.models import Conversation, Message
from moderation.neutralise import neutralise
from streaming.llm.errors import ContextTooLong
from streaming.llm.types import ChatMessage, Prompt, Target, text_of
from streaming.prompts.attached import LEAST_SHARE, Attached, Files, attach
from streaming.prompts.loading import load_files
from streaming.prompts.summary import Summarised, find_summary
from streaming.prompts.tokens import estimate_message, estimate_tokens
from streaming.prompts.turns import ANSWERED, Turn, read_branch
from streaming.prompts.window import SMALLEST_ANSWER, answer_budget, first_kept

# The estimate is at most three times the count (digits, which some vocabularies take three at a time).
LARGEST_OVERESTIMATE = 3
# A summary that reaches no farther into the turns that are read will be out of sight soon.
TURNS_AHEAD = 20
# The part of what is left for turns that a summary of earlier ones may take.
LARGEST_SUMMARY_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Material:
    """What the prompt of a generation is made of; each target cuts its own prompt from it.

    `cut` says that the conversation had more turns than were read. `summary` stands in for turns that do not fit.
    `files` are what the turns bring, by their ids.
    """

    system: str
    turns: list[Turn]
    max_tokens: int | None
    summary: Summarised | None = None
    cut: bool = False
    files: Files = field(default_factory=dict)

    def prompt_for(self, target: Target, *, carried: str = "", shrink: float = 1.0) -> Prompt:
        """The prompt that fits `target`; of its turns, the part `shrink` may stay where a target counts otherwise.

        `carried` is the beginning of the answer: the prompt ends with it where the target continues such a message.
        White space at its end stays out: tokens begin with it rather than end with it, and some providers refuse it.
        Raises ContextTooLong when the last turn alone cannot fit.
        """
        prefill = carried.rstrip() if target.can_prefill else ""
        after = [ChatMessage(role="assistant", content=neutralise(prefill))] if prefill else []
        answer = answer_budget(
            context_window=target.context_window,
            max_output_tokens=min(self.max_tokens or target.max_output_tokens, target.max_output_tokens),
        )
        wanted = max(SMALLEST_ANSWER, answer - estimate_tokens(prefill))
        fixed = _tokens_in(self._system(None)) + _tokens_in(after)
        room = target.context_window - fixed
        added = self._attach(target, budget=room - wanted, shrink=shrink)
        both = zip(self.turns, added, strict=True)
        tokens = [turn.tokens_for(target) + (files.tokens if files else 0) for turn, files in both]
        start, summary = self._cut(tokens, budget=room - wanted, shrink=shrink)
        before = self._system(summary)
        used = sum(tokens[start:]) + fixed + (summary.tokens if summary else 0)
        if used // LARGEST_OVERESTIMATE > target.context_window - SMALLEST_ANSWER:
            raise ContextTooLong(f"{target.name}: the message alone is too long")
        return Prompt(
            [*before, *self._messages(added, start), *after],
            max_tokens=min(wanted, max(SMALLEST_ANSWER, target.context_window - used)),
            tokens=used,
            prefill=prefill,
            unsummarised=self._unsummarised(tokens, start),
            notices=added[-1].notices if added and added[-1] else (),
        )

    def _attach(self, target: Target, *, budget: int, shrink: float) -> list[Attached | None]:
        """What the files add to the turns: they have at least LEAST_SHARE of the room, but for the last message."""
        if not any(turn.attachments for turn in self.turns):
            return [None] * len(self.turns)
        own = [turn.tokens_for(target) for turn in self.turns]
        free = min(max(int(budget * LEAST_SHARE), budget - sum(own)), budget - own[-1])
        return attach(self.turns, self.files, sees=target.can_see, budget=max(0, int(free * shrink)))

    def _messages(self, added: list[Attached | None], start: int) -> Iterator[ChatMessage]:
        for turn, files in zip(self.turns[start:], added[start:], strict=True):
            yield files.message(turn) if files else turn.as_message()

    def _cut(self, tokens: list[int], *, budget: int, shrink: float) -> tuple[int, Summarised | None]:
        """Where the turns begin that fit, and the summary of those before."""
        roles = [turn.role for turn in self.turns]
        start = first_kept(roles, tokens, budget=budget)
        if shrink < 1:
            budget = int(sum(tokens[start:]) * shrink)
            start = first_kept(roles, tokens, budget=budget)
        summary = self.summary
        if summary is None or (start == 0 and not self.cut) or summary.tokens > budget * LARGEST_SUMMARY_SHARE:
            return start, None
        return first_kept(roles, tokens, budget=budget - summary.tokens), summary

    def _system(self, summary: Summarised | None) -> list[ChatMessage]:
        parts = [part for part in (self.system, summary.text if summary else "") if part]
        return [ChatMessage(role="system", content="\n\n".join(parts))] if parts else []

    def _unsummarised(self, tokens: list[int], start: int) -> int:
        """Tokens of the turns that were left out and that no summary covers. Many, when turns are about to be left out
        that are not even read.
        """
        covered = self.summary.number if self.summary else 0
        if self.cut and covered < self.turns[0].number + TURNS_AHEAD:
            return sum(tokens)
        left_out = zip(self.turns[:start], tokens[:start], strict=True)
        return sum(count for turn, count in left_out if turn.number > covered)


def _tokens_in(messages: list[ChatMessage]) -> int:
    return sum(estimate_message(text_of(message)) for message in messages)


def gather(*, conversation: Conversation, prompt: Message, default_system: str, targets: Sequence[Target]) -> Material:
    """Reads what the answer to `prompt` is to be made from. Control tokens lose their power here, not in storage.

    `targets` are those that may be asked: they say how much is of use.
    """
    branch = read_branch(conversation, prompt)
    turns = [turn for turn in branch if turn.words and turn.status in ANSWERED]
    config = conversation.model_config
    system = config.get("system_prompt") or default_system
    cut = len(branch) > 0 and branch[0].parent_id is not None
    files = load_files(turns, targets, owner_id=conversation.user_id)
    tokens = sum(turn.tokens for turn in turns) + sum(file.tokens for file in files.values())
    smallest_window = min((target.context_window for target in targets), default=0)
    # Below half of the least able target's window no summary is needed.
    tight = cut or tokens + estimate_message(system) > smallest_window // 2
    return Material(
        system=system,
        turns=turns,
        max_tokens=config.get("max_tokens"),
        summary=find_summary(conversation, branch) if tight else None,
        cut=cut,
        files=files,
    )
