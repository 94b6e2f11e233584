"""Sums up the turns of a conversation that prompts leave out, so that answers still know of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from chatbot.lib import breaker
from conversations.derived import store_summary
from conversations.models import Conversation, Message
from streaming.catalogue import targets_for, time_limits
from streaming.llm.fallback import stream_with_fallback
from streaming.llm.types import ChatMessage, Prompt, Target, text_of
from streaming.models import Generation
from streaming.prompts.summary import find_summary
from streaming.prompts.tokens import estimate_message, estimate_tokens
from streaming.prompts.turns import ANSWERED, HISTORY_LENGTH, Turn, branch_to, read_between
from streaming.prompts.window import answer_budget, first_kept

INSTRUCTION = (
    "Sum up the conversation below in at most 150 words, in its own language, so that somebody can carry it on who has "
    "not read it. Keep names, numbers, decisions, identifiers, open questions and what the user asked for. Where there "
    "is an earlier summary, write a new one that holds both. Write the summary only."
)
SUMMARY_TOKENS = 400
# Messages read: a conversation that was longer before its first summary loses what is older.
MOST_READ = 1_000
# Of what a prompt holds, the oldest quarter is summed up before it drops out.
KEPT_SHARE = 0.75
# Summaries made at one go where there is more to read than the model takes at once.
ROUNDS = 8


@dataclass(frozen=True, slots=True)
class SummaryMaterial:
    """What the next summary, up to the turn `last`, is made of, as of the `version` of the conversation."""

    conversation_id: UUID
    version: int
    last: Turn
    messages: list[ChatMessage]
    targets: list[Target]


def summary_material(message_id: UUID) -> SummaryMaterial | None:
    """What is to be summed up after the answer `message_id`; None when every turn is in the prompts or in a summary."""
    generations = Generation.objects.select_related("conversation", "language_model", "message")
    generation = generations.filter(message_id=message_id).first()
    targets = targets_for(generation.language_model, temperature=0.0) if generation else []
    if generation is None or not targets:
        return None
    conversation = generation.conversation
    branch = branch_to(message_id, read_between(conversation, 0, generation.message.sequence_number, MOST_READ))
    summary = find_summary(conversation, branch)
    covered = summary.number if summary else 0
    turns = [turn for turn in branch if turn.words and turn.status in ANSWERED]
    left_out = [turn for turn in turns[: _first_kept(turns, conversation, targets[0])] if turn.number > covered]
    if not left_out:
        return None
    earlier = f"Earlier summary:\n{summary.content}" if summary else ""
    room = min(target.context_window for target in targets) - SUMMARY_TOKENS - estimate_message(INSTRUCTION)
    chunk, text = _readable(left_out, earlier, room)
    messages = [ChatMessage(role="system", content=INSTRUCTION), ChatMessage(role="user", content=text)]
    return SummaryMaterial(conversation.pk, conversation.window_version, chunk, messages, targets)


def _first_kept(turns: list[Turn], conversation: Conversation, target: Target) -> int:
    """The index of the first turn that prompts for `target` will still hold for a while."""
    answer = answer_budget(context_window=target.context_window, max_output_tokens=target.max_output_tokens)
    system = conversation.model_config.get("system_prompt") or settings.DEFAULT_SYSTEM_PROMPT
    budget = int((target.context_window - answer - estimate_message(system)) * KEPT_SHARE)
    tokens = [turn.tokens_for(target) for turn in turns]
    by_number = len(turns) - int(HISTORY_LENGTH * KEPT_SHARE)
    return max(by_number, first_kept([turn.role for turn in turns], tokens, budget=budget), 0) if turns else 0


def _readable(turns: list[Turn], earlier: str, room: int) -> tuple[Turn, str]:
    """The oldest of `turns` that `room` tokens hold, as text behind the earlier summary, and the last one of them."""
    parts = [earlier] if earlier else []
    used = estimate_message(earlier)
    last = turns[0]
    for number, (turn, text) in enumerate(_spoken(turns)):
        cost = estimate_message(text)
        if number and used + cost > room:
            break
        while used + cost > room and len(text) > 1:
            text = text[: len(text) // 2]
            cost = estimate_message(text)
        parts.append(text)
        used += cost
        last = turn
    return last, "\n\n".join(parts)


def _spoken(turns: list[Turn]) -> Iterator[tuple[Turn, str]]:
    for turn in turns:
        yield turn, f"{'User' if turn.role == Message.Role.USER else 'Assistant'}: {turn.words}"


async def ask_for_summary(material: SummaryMaterial) -> str:
    """The summary, or nothing when the model says nothing; raises LLMError."""
    prompt = Prompt(
        material.messages,
        max_tokens=SUMMARY_TOKENS,
        tokens=sum(estimate_message(text_of(message)) for message in material.messages),
    )
    parts: list[str] = []
    await stream_with_fallback(
        material.targets,
        lambda _, *, shorter=False: prompt,
        parts.append,
        breaker=breaker,
        timeouts=time_limits(),
    )
    return "".join(parts).replace("\x00", "").strip()


def keep_summary(material: SummaryMaterial, content: str) -> bool:
    """Stores it; False when a message changed or the conversation went meanwhile."""
    return store_summary(
        conversation_id=material.conversation_id,
        version=material.version,
        message_id=material.last.id,
        sequence_number=material.last.number,
        content=content,
        tokens=estimate_tokens(content),
    )
