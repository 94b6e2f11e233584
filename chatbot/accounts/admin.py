"""Staff pages of users, tiers and access keys."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db.models import Count, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from chatbot.accounts.models import AccessKey, Tier, User
from chatbot.accounts.services import create_access_key, revoke_access_key


@admin.register(Tier)
class TierAdmin(admin.ModelAdmin[Tier]):
    list_display = [
        "name",
        "is_default",
        "messages_per_minute",
        "concurrent_generations",
        "max_message_length",
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
    list_display = ["username", "email", "tier", "can_use_chat", "is_active", "is_staff", "last_login"]
    list_filter = ["tier", "can_use_chat", "is_active", "is_staff"]
    list_select_related = ["tier"]
    date_hierarchy = "date_joined"
    fieldsets = [*(UserAdmin.fieldsets or []), (_("Chat"), {"fields": ["tier", "can_use_chat"]})]
    add_fieldsets = [*UserAdmin.add_fieldsets, (_("Chat"), {"fields": ["tier", "can_use_chat"]})]

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """Names the users only. All that is theirs goes with them, and listing every message would take for ever."""
        names = [str(user) for user in objs]
        return names, {str(self.opts.verbose_name_plural): len(names)}, set(), []


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

    @admin.action(description=_("Revoke the selected keys"))
    def revoke(self, request: HttpRequest, queryset: QuerySet[AccessKey]) -> None:
        """Ends the selected keys."""
        for key in queryset:
            revoke_access_key(key=key)
        count = len(queryset)
        self.message_user(request, ngettext("%d key was revoked.", "%d keys were revoked.", count) % count)
