"""Staff pages: policies with their rules, verdicts, the audit log."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from chatbot.accounts.models import User
from chatbot.lib.admin import ReadOnly
from moderation import audit
from moderation.models import AuditEntry, Policy, Rule, Verdict
from moderation.services import touch_policy


class RuleInline(admin.StackedInline[Rule, Policy]):
    model = Rule
    extra = 0


@admin.register(Policy)
class PolicyAdmin(admin.ModelAdmin[Policy]):
    list_display = ["name", "enabled", "version", "updated_at"]
    list_filter = ["enabled"]
    readonly_fields = ["version", "updated_at"]
    inlines = [RuleInline]

    def save_related(self, request: HttpRequest, form: ModelForm[Policy], formsets: Any, change: bool) -> None:
        """After the rules are stored the policy gets its next version, and the change is audited."""
        super().save_related(request, form, formsets, change)
        touch_policy(policy=form.instance, actor=cast(User, request.user))

    def delete_model(self, request: HttpRequest, obj: Policy) -> None:
        """Deletes a policy and puts that on record."""
        details = {"name": obj.name, "version": obj.version}
        audit.record(
            action="policy.deleted",
            actor=cast(User, request.user),
            target_type="policy",
            target_id=obj.pk,
            details=details,
        )
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Policy]) -> None:
        """Deletes the selected policies one by one, each on record."""
        for policy in queryset:
            self.delete_model(request, policy)


@admin.register(Verdict)
class VerdictAdmin(ReadOnly, admin.ModelAdmin[Verdict]):
    list_display = ["created_at", "action", "stage", "user", "rules"]
    list_filter = ["action", "stage", "created_at"]
    list_select_related = ["user"]
    show_full_result_count = False

    @admin.display(description=_("rules"))
    def rules(self, verdict: Verdict) -> SafeString:
        """What was found, a rule a line."""
        rows = ((f["policy"], f["category"], f["excerpt"]) for f in verdict.findings)
        return format_html_join("\n", "{}: {} “{}”", rows)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly, admin.ModelAdmin[AuditEntry]):
    list_display = ["created_at", "action", "actor_label", "target_type", "target_id"]
    list_filter = ["action", "created_at"]
    search_fields = ["actor_label", "=target_id"]
    show_full_result_count = False
