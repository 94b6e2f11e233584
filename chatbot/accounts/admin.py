"""Staff pages of users, tiers, and the credentials of programs."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db.models import Count, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from chatbot.accounts.deletion import LAST_ADMINISTRATOR, request_deletion
from chatbot.accounts.models import AccessKey, Tier, TokenFamily, User
from chatbot.accounts.services import create_access_key, end_credentials, revoke_access_key
from chatbot.accounts.token_services import revoke_family
from chatbot.lib.admin import ReadOnly
from chatbot.lib.errors import QuotaExceeded


@admin.register(Tier)
class TierAdmin(admin.ModelAdmin[Tier]):
    list_display = [
        "name",
        "is_default",
        "messages_per_minute",
        "concurrent_generations",
        "max_message_length",
        "retention_days",
        "user_count",
    ]
    prepopulated_fields = {"slug": ["name"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tier]:
        """Counts the users in the same query."""
        return super().get_queryset(request).annotate(user_count=Count("users"))

    @admin.display(description=_("users"), ordering="user_count")
    def user_count(self, tier: Any) -> int:
        """How many users have this tier."""
        return int(tier.user_count)


@admin.register(User)
class AccountAdmin(UserAdmin[User]):
    list_display = ["username", "email", "tier", "can_use_chat", "is_active", "is_staff", "legal_hold", "last_login"]
    list_filter = ["tier", "can_use_chat", "is_active", "is_staff", "legal_hold"]
    list_select_related = ["tier"]
    date_hierarchy = "date_joined"
    fieldsets = [*(UserAdmin.fieldsets or []), (_("Chat"), {"fields": ["tier", "can_use_chat"]})]
    add_fieldsets = [*UserAdmin.add_fieldsets, (_("Chat"), {"fields": ["tier", "can_use_chat"]})]
    actions = ["end_credentials"]

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """Names the users only. All that is theirs goes with them, and listing every message would take for ever.
        Protected are accounts under a legal hold and the last administrator.
        """
        names = [str(user) for user in objs]
        protected = [_("%(user)s is under a legal hold.") % {"user": user} for user in objs if user.legal_hold]
        others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk__in=[user.pk for user in objs])
        if any(user.is_superuser for user in objs) and not others.exists():
            protected.append(LAST_ADMINISTRATOR)
        return names, {str(self.opts.verbose_name_plural): len(names)}, set(), protected

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        """Closes the account at once. What it holds goes in bounded batches, and then the account itself."""
        request_deletion(user=obj, request=request)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Closes the selected accounts one by one."""
        for user in queryset:
            self.delete_model(request, user)

    @admin.action(description=_("End all sessions, tokens and access keys"), permissions=["change"])
    def end_credentials(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Signs the selected users out everywhere, and their programs with them. Their passwords stay."""
        for user in queryset:
            end_credentials(user=user)
        count = len(queryset)
        self.message_user(request, ngettext("%d user was signed out.", "%d users were signed out.", count) % count)


@admin.register(AccessKey)
class AccessKeyAdmin(admin.ModelAdmin[AccessKey]):
    list_display = ["name", "start", "user", "scope", "created_at", "expires_at", "last_used_at", "revoked_at"]
    list_filter = ["scope", "created_at"]
    list_select_related = ["user"]
    search_fields = ["name", "start", "user__username"]
    autocomplete_fields = ["user"]
    readonly_fields = ["start", "created_at", "last_used_at", "revoked_at"]
    actions = ["revoke"]

    def get_readonly_fields(self, request: HttpRequest, obj: AccessKey | None = None) -> list[str]:
        """A key that was given out stays with its user and its rights."""
        return [*self.readonly_fields, "user", "scope"] if obj else [*self.readonly_fields]

    def save_model(self, request: HttpRequest, obj: AccessKey, form: ModelForm[AccessKey], change: bool) -> None:
        """Makes the key through the service and shows its secret once."""
        if change:
            super().save_model(request, obj, form, change)
            return
        key, secret = create_access_key(user=obj.user, name=obj.name, scope=obj.scope, expires_at=obj.expires_at)
        obj.pk, obj.start, obj.created_at = key.pk, key.start, key.created_at
        messages.warning(request, _("Copy this key now, it is not shown again: %(key)s") % {"key": secret})

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """The form; tells when the user has as many keys as anybody may have."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except QuotaExceeded as error:
            messages.error(request, error.message)
            return redirect(request.path)

    @admin.action(description=_("Revoke the selected keys"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[AccessKey]) -> None:
        """Ends the selected keys."""
        for key in queryset:
            revoke_access_key(key=key)
        count = len(queryset)
        self.message_user(request, ngettext("%d key was revoked.", "%d keys were revoked.", count) % count)


@admin.register(TokenFamily)
class TokenFamilyAdmin(ReadOnly, admin.ModelAdmin[TokenFamily]):
    list_display = ["user", "user_agent", "created_at", "refreshed_at", "expires_at", "revoked_at"]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter), "expires_at"]
    list_select_related = ["user"]
    search_fields = ["user__username", "=user__email", "=id"]
    # The one order that has an index; each refresh puts the end off.
    ordering = ["-expires_at"]
    show_full_result_count = False
    fields = ["id", "user", "user_agent", "created_at", "refreshed_at", "expires_at", "revoked_at"]
    actions = ["revoke"]

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Whoever may change them; there is nothing else to change."""
        return request.user.has_perm("accounts.change_tokenfamily")

    @admin.action(description=_("Revoke the selected families"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[TokenFamily]) -> None:
        """Logs the selected programs out."""
        for family in queryset:
            revoke_family(family=family)
        count = len(queryset)
        self.message_user(request, ngettext("%d family was revoked.", "%d families were revoked.", count) % count)
