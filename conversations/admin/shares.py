"""Staff page of shared conversations: who shows what to everybody, and the end of it."""

from typing import cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from chatbot.accounts.models import User
from chatbot.lib.admin import ReadOnly
from conversations.models import Share
from conversations.shares import revoke_share


@admin.register(Share)
class ShareAdmin(ReadOnly, admin.ModelAdmin[Share]):
    list_display = ["__str__", "user", "created_at", "expires_at", "revoked_at"]
    list_filter = ["created_at", "revoked_at"]
    list_select_related = ["user"]
    search_fields = ["title", "user__username", "=token"]
    search_help_text = _("Title, user, or what follows /s/ in a link.")
    show_full_result_count = False
    fields = ["title", "user", "conversation", "page", "created_at", "expires_at", "revoked_at"]
    readonly_fields = ["page"]
    actions = ["revoke"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Share]:
        """Without what the pages show."""
        return super().get_queryset(request).defer("content")

    @admin.display(description=_("page"))
    def page(self, share: Share) -> SafeString:
        """The public page, as everybody sees it."""
        return format_html('<a href="/s/{0}/">/s/{0}/</a>', share.token)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """For staff who may change shares."""
        return cast(User, request.user).has_perm("conversations.change_share")

    @admin.action(description=_("Revoke the selected links"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Share]) -> None:
        """Ends the selected links."""
        count = sum(revoke_share(share=share, actor=cast(User, request.user)) for share in queryset)
        self.message_user(request, ngettext("%d link was revoked.", "%d links were revoked.", count) % count)
