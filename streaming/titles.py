"""Asks a model for the title of a conversation."""

import re
from dataclasses import dataclass
from uuid import UUID

from chatbot.lib import breaker
from conversations.attachments.snapshots import attached_names
from conversations.models import Conversation, Message
from conversations.selectors import messages_in
from conversations.services import title_from
from moderation.neutralise import neutralise
from streaming.catalogue import targets_for, time_limits
from streaming.llm.fallback import stream_with_fallback
from streaming.llm.types import ChatMessage, Prompt, Target, text_of
from streaming.models import Generation
from streaming.prompts.tokens import estimate_message

INSTRUCTION = "Write a title of two to six words for this conversation. Answer with the title only, without quotes."
EXCERPT = 600
LONGEST = 60
# A model that writes more has answered instead of naming.
MOST_WORDS = 8
MAX_TOKENS = 24


@dataclass(frozen=True, slots=True)
class TitleMaterial:
    """The first turn of a conversation, and where to ask."""

    provisional_title: str
    excerpt: str
    targets: list[Target]


def title_material(conversation_id: UUID) -> TitleMaterial | None:
    """What to name the conversation from; None when it has a title of its own, or is past its first turn."""
    conversation = Conversation.objects.filter(pk=conversation_id).first()
    if conversation is None or conversation.message_count > 2:
        return None
    turns = list(messages_in(conversation).order_by("sequence_number")[:2])
    if len(turns) < 2 or conversation.title != _first_title(turns[0]):
        return None
    generation = Generation.objects.select_related("language_model").filter(message=turns[1]).first()
    return TitleMaterial(
        provisional_title=conversation.title,
        excerpt="\n\n".join(_excerpt(turn) for turn in turns),
        targets=targets_for(generation.language_model, temperature=0.0) if generation else [],
    )


def _first_title(message: Message) -> str:
    return title_from(message.content) or title_from("".join(attached_names(message)[:1]))


def _excerpt(message: Message) -> str:
    speaker = "Question" if message.role == Message.Role.USER else "Answer"
    names = "".join(f" [{name}]" for name in attached_names(message))
    return f"{speaker}: {neutralise(message.content[:EXCERPT] + names)}"


async def ask_for_title(material: TitleMaterial) -> str | None:
    """A title, or None when what the model says is none; raises LLMError."""
    messages = [
        ChatMessage(role="system", content=INSTRUCTION),
        ChatMessage(role="user", content=material.excerpt),
    ]
    tokens = sum(estimate_message(text_of(message)) for message in messages)
    parts: list[str] = []
    await stream_with_fallback(
        material.targets,
        lambda _, *, shorter=False: Prompt(messages, max_tokens=MAX_TOKENS, tokens=tokens),
        parts.append,
        breaker=breaker,
        timeouts=time_limits(),
    )
    return tidy_title("".join(parts))


def tidy_title(text: str) -> str | None:
    """The first line without quotes, marks and a leading `Title:`; None when it is no title."""
    line = next((line for line in text.strip().splitlines() if line.strip()), "").replace("\x00", "")
    line = re.sub(r"^\W*(?:title\s*:)?\s*", "", line, flags=re.IGNORECASE)
    line = " ".join(line.split()).strip("\"'`*#“”‘’ .")
    return line if 3 <= len(line) <= LONGEST and len(line.split()) <= MOST_WORDS else None
