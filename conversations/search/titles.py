"""Conversations by the words of their titles."""

import re
from typing import Any

from django.db.models import Q, QuerySet

from chatbot.accounts.models import User
from chatbot.lib.errors import InvalidInput
from conversations.models import Conversation
from conversations.search.pages import make_result
from conversations.search.query import ONLY_NEGATED, Term
from conversations.search.snippets import make_snippet
from conversations.selectors import conversations_of


def titles_with(*, user: User, terms: list[list[Term]]) -> QuerySet[Conversation]:
    """The user's conversations, but for temporary ones, whose titles hold the words, also as parts of words; raises
    InvalidInput.
    """
    condition = Q(pk__in=[])
    for alternative in terms:
        if all(term.negated for term in alternative):
            raise InvalidInput(ONLY_NEGATED)
        holds = Q()
        for term in alternative:
            word = Q(title__icontains=_text(term))
            holds &= ~word if term.negated else word
        condition |= holds
    return conversations_of(user).filter(condition, expires_at=None).only("id", "title", "last_message_at")


def as_result(conversation: Conversation, terms: list[list[Term]]) -> dict[str, Any]:
    """The conversation as a result of a search."""
    wanted = [re.escape(_text(term)) for alternative in terms for term in alternative if not term.negated]
    marks = [found.span() for found in re.finditer("|".join(wanted), conversation.title, re.IGNORECASE)]
    snippet = make_snippet(conversation.title, marks)
    return make_result(conversation.pk, conversation.title, snippet, "title")


def _text(term: Term) -> str:
    return term.text.removesuffix("*") if term.beginning else term.text
