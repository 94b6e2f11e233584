"""Staff page of policies with their rules."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from chatbot.accounts.models import User
from moderation import audit
from moderation.models import Policy, Rule
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
