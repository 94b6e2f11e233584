"""Screens prompts, records verdicts, seeds the first policy."""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone

from chatbot.accounts.models import User
from chatbot.lib.errors import ContentPolicy, Overloaded
from chatbot.lib.metrics import MODERATION
from moderation import audit
from moderation.models import Action, Policy, Rule, Verdict
from moderation.rules.text import RuleError
from moderation.selectors import CompiledRule, enabled_rules

logger = logging.getLogger(__name__)

DEFAULT_POLICY = "House rules"
# Characters of a text that a verdict keeps: a file may have more. What was found has its own excerpt.
MOST_KEPT = 100_000


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found."""

    policy: str
    version: int
    category: str
    action: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Screening:
    """The outcome of screening one text. `message` is what the user reads when it is blocked."""

    action: Action
    findings: list[Finding] = field(default_factory=list)
    message: str = ""


def _apply(rules: Sequence[CompiledRule], text: str) -> Screening:
    findings, message = [], ""
    for rule in rules:
        if (excerpt := rule.search(text)) is not None:
            findings.append(Finding(rule.policy, rule.version, rule.category, rule.action, excerpt))
            if rule.action == Action.BLOCK and not message:
                message = rule.message
    actions = {finding.action for finding in findings}
    action = Action.BLOCK if Action.BLOCK in actions else Action.FLAG if actions else Action.ALLOW
    return Screening(action, findings, message)


def screen_prompt(*, user: User, text: str) -> Screening:
    """Screens what a user is about to send.

    Raises ContentPolicy when it is blocked (the verdict is on record then, and named for an appeal) and Overloaded when
    it cannot be screened: nothing unscreened goes on. A flagged text goes on; the caller records its verdict with the
    message.
    """
    (screening,) = screen_prompts(user=user, texts=[text])
    return screening


def screen_prompts(*, user: User, texts: Sequence[str], earlier: Sequence[str] = ()) -> list[Screening]:
    """Screens what a program is about to send for its user; gives the outcome for each of `texts`. Raises as
    `screen_prompt` does.

    `earlier` is what it says that the user said before: nothing proves that, so what is blocked is blocked there too.
    What is flagged there was flagged when it was new.
    """
    try:
        rules = enabled_rules()
        before = [_apply(rules, text) for text in earlier]
        screenings = [_apply(rules, text) for text in texts]
    except (RuleError, DatabaseError) as error:
        logger.exception("screening failed")
        MODERATION.labels("prompt", "error").inc()
        raise Overloaded("Your message could not be checked just now. Please try again.", retry_after=5) from error
    for screening in screenings:
        MODERATION.labels("prompt", screening.action.value).inc()
    for text, screening in zip([*earlier, *texts], [*before, *screenings], strict=True):
        if screening.action == Action.BLOCK:
            verdict = record_verdict(user=user, stage=Verdict.Stage.PROMPT, screening=screening, text=text)
            categories = sorted({finding.category for finding in screening.findings})
            raise ContentPolicy(
                screening.message or None, details={"categories": categories, "verdict_id": str(verdict.pk)}
            )
    return screenings


@transaction.atomic
def record_verdict(
    *, user: User, stage: Verdict.Stage, screening: Screening, text: str, message_id: UUID | None = None
) -> Verdict:
    """Keeps a verdict and its audit entry. The audit entry holds no text of the user."""
    verdict = Verdict.objects.create(
        user=user,
        stage=stage,
        action=screening.action,
        findings=[asdict(finding) for finding in screening.findings],
        content=text[:MOST_KEPT],
        message_id=message_id,
    )
    audit.record(
        action=f"moderation.{screening.action}",
        actor=user,
        target_type="verdict",
        target_id=verdict.pk,
        details={
            "stage": stage.value,
            "message_id": str(message_id) if message_id else None,
            "rules": [f"{f.policy} v{f.version}: {f.category}" for f in screening.findings],
        },
    )
    return verdict


@transaction.atomic
def touch_policy(*, policy: Policy, actor: User | None) -> None:
    """Gives a changed policy its next version, which every process notices at its next screening."""
    Policy.objects.filter(pk=policy.pk).update(version=F("version") + 1, updated_at=timezone.now())
    policy.refresh_from_db(fields=["version", "updated_at"])
    audit.record(
        action="policy.changed",
        actor=actor,
        target_type="policy",
        target_id=policy.pk,
        details={"name": policy.name, "version": policy.version, "enabled": policy.enabled},
    )


@transaction.atomic
def ensure_default_policy() -> None:
    """A first policy for a new installation: it flags the plainest injection attempts, and blocks nothing."""
    policy, created = Policy.objects.get_or_create(
        name=DEFAULT_POLICY, defaults={"description": "Applies to every message. Add your own rules below."}
    )
    if created:
        Rule.objects.create(
            policy=policy,
            kind=Rule.Kind.PATTERN,
            value=r"ignore (?:all |any )?(?:previous|prior|above) (?:instructions|prompts|rules)",
            category="injection",
            action=Action.FLAG,
        )
