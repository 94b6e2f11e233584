"""What moderation keeps."""

from moderation.models.audit import AuditEntry
from moderation.models.policy import Action, Policy, Rule
from moderation.models.retention import LegalHold, RetentionBatch
from moderation.models.verdict import Appeal, Report, Verdict

__all__ = [
    "Action",
    "Appeal",
    "AuditEntry",
    "LegalHold",
    "Policy",
    "Report",
    "RetentionBatch",
    "Rule",
    "Verdict",
]
