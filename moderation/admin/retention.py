"""Staff pages of what is kept and for how long: legal holds, and the batches of retention with their archives."""

from typing import cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from chatbot.accounts.models import User
from chatbot.lib.admin import ReadOnly
from chatbot.lib.errors import Forbidden
from moderation.legal_hold import set_legal_hold
from moderation.models import LegalHold, RetentionBatch
from moderation.retention.archive import is_configured
from moderation.retention.batches import erase_batch


@admin.register(LegalHold)
class LegalHoldAdmin(ReadOnly, admin.ModelAdmin[LegalHold]):
    list_display = ["username", "email", "legal_hold", "tier", "is_active", "date_joined"]
    list_filter = ["legal_hold", "tier"]
    list_select_related = ["tier"]
    search_fields = ["username", "email", "first_name", "last_name"]
    search_help_text = _("Nothing of an account under a legal hold is deleted, by nobody and no rule.")
    show_full_result_count = False
    fields = ["username", "email", "legal_hold", "tier", "is_active", "date_joined"]
    actions = ["put_on_hold", "lift_hold"]

    def has_set_hold_permission(self, request: HttpRequest) -> bool:
        """A right of its own: it needs no right to change accounts."""
        return request.user.has_perm("moderation.set_legal_hold")

    @admin.action(description=_("Put the selected accounts on legal hold"), permissions=["set_hold"])
    def put_on_hold(self, request: HttpRequest, queryset: QuerySet[LegalHold]) -> None:
        """From now on nothing of them is deleted."""
        self._set(request, queryset, on=True)

    @admin.action(description=_("Lift the legal hold of the selected accounts"), permissions=["set_hold"])
    def lift_hold(self, request: HttpRequest, queryset: QuerySet[LegalHold]) -> None:
        """Deletion takes its course again."""
        self._set(request, queryset, on=False)

    def _set(self, request: HttpRequest, accounts: QuerySet[LegalHold], *, on: bool) -> None:
        actor = cast(User, request.user)
        changed = sum(set_legal_hold(user_id=account.pk, on=on, actor=actor) for account in accounts)
        self.message_user(request, ngettext("%d account was changed.", "%d accounts were changed.", changed) % changed)


@admin.register(RetentionBatch)
class RetentionBatchAdmin(ReadOnly, admin.ModelAdmin[RetentionBatch]):
    list_display = [
        "created_at",
        "status",
        "user_label",
        "deleted_conversations",
        "deleted_messages",
        "bytes",
        "size",
        "folder",
    ]
    list_filter = ["status", "created_at"]
    search_fields = ["user_label", "=user_id", "=id"]
    search_help_text = _("The name or the id of a user. `manage.py restore_archive <folder>` brings an archive back.")
    show_full_result_count = False
    actions = ["erase"]

    def has_erase_permission(self, request: HttpRequest) -> bool:
        """A right of its own, where there is an archive."""
        return is_configured() and request.user.has_perm("moderation.delete_retentionbatch")

    @admin.action(description=_("Erase the selected archives for good"), permissions=["erase"])
    def erase(self, request: HttpRequest, queryset: QuerySet[RetentionBatch]) -> None:
        """Removes what was archived of the selected batches; the batches stay on record."""
        erased = 0
        for batch in queryset.filter(status=RetentionBatch.Status.DONE).exclude(folder=""):
            try:
                erase_batch(batch, actor=cast(User, request.user))
                erased += 1
            except Forbidden as error:
                self.message_user(request, f"{batch}: {error.message}", messages.ERROR)
        self.message_user(request, ngettext("%d archive was erased.", "%d archives were erased.", erased) % erased)
