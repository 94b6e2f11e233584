"""Staff pages of what is on record: verdicts, reports, the audit log."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from chatbot.lib.admin import ReadOnly
from moderation.admin.findings import list_findings
from moderation.models import AuditEntry, Report, Verdict


@admin.register(Verdict)
class VerdictAdmin(ReadOnly, admin.ModelAdmin[Verdict]):
    list_display = ["created_at", "action", "stage", "user", "rules"]
    list_filter = ["action", "stage", "created_at"]
    list_select_related = ["user"]
    show_full_result_count = False

    @admin.display(description=_("rules"))
    def rules(self, verdict: Verdict) -> SafeString:
        """What was found, a rule a line."""
        return list_findings(verdict)


@admin.register(Report)
class ReportAdmin(ReadOnly, admin.ModelAdmin[Report]):
    list_display = ["created_at", "reason", "user", "comment", "message_id"]
    list_filter = ["reason", "created_at"]
    list_select_related = ["user"]
    search_fields = ["user__username", "comment"]
    show_full_result_count = False


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly, admin.ModelAdmin[AuditEntry]):
    list_display = ["created_at", "action", "actor_label", "target_type", "target_id"]
    list_filter = ["action", "created_at"]
    search_fields = ["actor_label", "=target_id"]
    show_full_result_count = False
