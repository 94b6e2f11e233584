"""Screens a message whole: what the user says, and what the files say that it brings."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chatbot.accounts.models import User
from conversations.attachments.selectors import words_of
from moderation.models import Action, Verdict
from moderation.services import Screening, record_verdict, screen_prompts


@dataclass(frozen=True, slots=True)
class Flag:
    """A text that goes on although a rule found something in it; its verdict is recorded with the message."""

    screening: Screening
    text: str


def screen_message(*, user: User, content: str, attachments: Sequence[UUID] = ()) -> list[Flag]:
    """What is flagged in a message and in its attachments. Raises ContentPolicy for what is blocked, Overloaded when it
    cannot be screened.
    """
    texts = [content, *words_of(user=user, ids=attachments)] if attachments else [content]
    screenings = screen_prompts(user=user, texts=texts)
    both = zip(screenings, texts, strict=True)
    return [Flag(screening, text) for screening, text in both if screening.action == Action.FLAG]


def record_flags(*, user: User, flags: Sequence[Flag], message_id: UUID) -> None:
    """Keeps the verdicts of a message that was stored, in its transaction."""
    for flag in flags:
        record_verdict(
            user=user, stage=Verdict.Stage.PROMPT, screening=flag.screening, text=flag.text, message_id=message_id
        )
