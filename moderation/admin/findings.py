"""How staff pages show what rules found."""

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from moderation.models import Verdict


def list_findings(verdict: Verdict) -> SafeString:
    """What was found, a rule a line."""
    rows = ((f["policy"], f["category"], f["excerpt"]) for f in verdict.findings)
    return format_html_join("\n", "{}: {} “{}”", rows)
