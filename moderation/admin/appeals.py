"""Staff page of appeals: what was objected to, and the decision."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from chatbot.accounts.models import User
from moderation.admin.findings import list_findings
from moderation.appeals import decide_appeal
from moderation.models import Appeal

DECISIONS = [choice for choice in Appeal.Status.choices if choice[0] != Appeal.Status.OPEN]


class DecisionForm(forms.ModelForm[Appeal]):
    """The answer to the user, and the decision."""

    decision = forms.ChoiceField(label=_("decision"), choices=DECISIONS, widget=forms.RadioSelect)

    class Meta:
        model = Appeal
        fields = ["answer"]


@admin.register(Appeal)
class AppealAdmin(admin.ModelAdmin[Appeal]):
    form = DecisionForm
    list_display = ["created_at", "status", "user", "text", "decided_by"]
    list_filter = ["status", "created_at"]
    list_select_related = ["user", "decided_by"]
    search_fields = ["user__username", "text"]
    show_full_result_count = False
    readonly_fields = ["created_at", "user", "text", "content", "rules", "status", "decided_by", "decided_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Users appeal."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Appeal | None = None) -> bool:
        """An appeal is decided once."""
        return super().has_change_permission(request, obj) and (obj is None or obj.status == Appeal.Status.OPEN)

    def has_delete_permission(self, request: HttpRequest, obj: Appeal | None = None) -> bool:
        """It stays on record."""
        return False

    def get_fields(self, request: HttpRequest, obj: Appeal | None = None) -> Any:
        """The form while it is open, the decision afterwards."""
        asked = ["created_at", "user", "text", "content", "rules"]
        if self.has_change_permission(request, obj):
            return [*asked, "answer", "decision"]
        return [*asked, "status", "answer", "decided_by", "decided_at"]

    def save_model(self, request: HttpRequest, obj: Appeal, form: Any, change: bool) -> None:
        """Decides through the service."""
        granted = form.cleaned_data["decision"] == Appeal.Status.GRANTED
        actor = cast(User, request.user)
        if not decide_appeal(appeal_id=obj.pk, actor=actor, granted=granted, answer=obj.answer):
            messages.error(request, _("Somebody has decided this appeal already."))

    @admin.display(description=_("what was judged"))
    def content(self, appeal: Appeal) -> str:
        """The text that the verdict is on."""
        return appeal.verdict.content

    @admin.display(description=_("rules"))
    def rules(self, appeal: Appeal) -> SafeString:
        """What the rules found in it."""
        return list_findings(appeal.verdict)
