"""What users report: report_answer."""

from uuid import UUID

from django.db import transaction

from chatbot.accounts.models import User
from conversations.feedback import get_answer
from moderation import audit
from moderation.models import Report


@transaction.atomic
def report_answer(*, user: User, message_id: UUID, reason: str, comment: str = "") -> tuple[Report, bool]:
    """Keeps the user's word that an answer should not be as it is, with a copy of the answer; gives the report, and
    whether it is new: whoever reports again gets the first one, unchanged. Raises NotFound and InvalidInput.
    """
    answer = get_answer(user=user, message_id=message_id)
    report, created = Report.objects.get_or_create(
        user=user,
        message_id=message_id,
        defaults={"reason": reason, "comment": comment, "content": answer.content},
    )
    if created:
        report.refresh_from_db(fields=["created_at"])
        audit.record(
            action="report.created",
            actor=user,
            target_type="report",
            target_id=report.pk,
            details={"message_id": str(message_id), "reason": reason},
        )
    return report, created
