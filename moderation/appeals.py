"""Objections to verdicts: appeal_verdict and decide_appeal, and the reads of them."""

from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from chatbot.accounts.models import User
from chatbot.lib.errors import IdempotencyConflict, InvalidInput, NotFound
from moderation import audit
from moderation.models import Action, Appeal, Verdict


def appeals_of(user: User) -> QuerySet[Appeal]:
    """The appeals of a user, with their verdicts."""
    return Appeal.objects.filter(user=user).select_related("verdict")


def _find_verdict(user: User, verdict_id: UUID | None, message_id: UUID | None) -> Verdict:
    """The verdict by its id, or the newest one on a message. A flag stops nothing, and its user never hears of it."""
    verdicts = Verdict.objects.filter(user=user).exclude(action=Action.FLAG)
    named = verdicts.filter(pk=verdict_id) if verdict_id else verdicts.filter(message_id=message_id)
    verdict = named.order_by("-created_at").first()
    if verdict is None:
        raise NotFound("There is no such verdict.")
    return verdict


@transaction.atomic
def appeal_verdict(
    *, user: User, text: str, verdict_id: UUID | None = None, message_id: UUID | None = None
) -> tuple[Appeal, bool]:
    """Takes a user's objection to a verdict on what they wrote or were answered; gives the appeal, and whether it is
    new. There is one for a verdict: the same text again gives the same appeal.

    Raises InvalidInput, NotFound, and IdempotencyConflict for another text.
    """
    if (verdict_id is None) == (message_id is None):
        raise InvalidInput("Name either `verdict_id` or `message_id`.")
    verdict = _find_verdict(user, verdict_id, message_id)
    appeal, created = Appeal.objects.get_or_create(verdict=verdict, defaults={"user": user, "text": text})
    if not created:
        if appeal.text != text:
            raise IdempotencyConflict("You have appealed this verdict with another text.")
        return appeal, False
    appeal.refresh_from_db(fields=["created_at"])
    audit.record(
        action="appeal.created",
        actor=user,
        target_type="appeal",
        target_id=appeal.pk,
        details={"verdict_id": str(verdict.pk)},
    )
    return appeal, True


@transaction.atomic
def decide_appeal(*, appeal_id: UUID, actor: User, granted: bool, answer: str = "") -> bool:
    """Ends an open appeal with an answer to its user; False, and nothing changes, when somebody has decided it."""
    status = Appeal.Status.GRANTED if granted else Appeal.Status.UPHELD
    decided = Appeal.objects.filter(pk=appeal_id, status=Appeal.Status.OPEN).update(
        status=status, answer=answer, decided_by=actor, decided_at=timezone.now()
    )
    if decided:
        audit.record(
            action=f"appeal.{status}",
            actor=actor,
            target_type="appeal",
            target_id=appeal_id,
            details={"answer": answer},
        )
    return bool(decided)
