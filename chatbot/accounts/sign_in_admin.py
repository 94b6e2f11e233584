"""Staff pages of how people sign in: second factors, sessions, accounts elsewhere. Staff look, and take away.

They stand in the place of allauth's, which show secrets and let staff write what only proofs should. A provider comes
from the environment, so its pages are gone.
"""

from typing import Any

from allauth.mfa.base.internal.flows import delete_dangling_recovery_codes
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_removed
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.socialaccount.signals import social_account_removed
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from chatbot.accounts.devices import describe_device
from chatbot.accounts.second_factor import reseal_secrets
from chatbot.accounts.sessions import end_session

for _model in (Authenticator, SocialAccount, SocialApp, SocialToken, UserSession):
    admin.site.unregister(_model)


class TakeAway(admin.ModelAdmin[Any]):
    """Rows that staff read and delete, each by the proper way."""

    list_select_related = ["user"]
    search_fields = ["user__username", "=user__email"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Never."""
        return False

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        """Each by itself, so that each is announced."""
        for row in queryset:
            self.delete_model(request, row)


@admin.register(Authenticator)
class SecondFactorAdmin(TakeAway):
    """To be deleted when a user has lost phone and recovery codes, and staff are sure who asks."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type", "created_at"]
    fields = ["user", "type", "created_at", "last_used_at"]
    ordering = ["-created_at"]
    actions = ["reseal"]

    @admin.action(description=_("Seal all secrets anew with the first encryption key"), permissions=["delete"])
    def reseal(self, request: HttpRequest, queryset: QuerySet[Authenticator]) -> None:
        """All of them, selected or not: one that is left keeps the old encryption key alive."""
        count = reseal_secrets()
        self.message_user(request, ngettext("%d secret was sealed.", "%d secrets were sealed.", count) % count)

    def delete_model(self, request: HttpRequest, obj: Authenticator) -> None:
        """Takes the factor away, and recovery codes that would be left over."""
        obj.delete()
        for gone in (obj, delete_dangling_recovery_codes(obj.user)):
            if gone is not None:
                authenticator_removed.send(sender=Authenticator, request=request, user=obj.user, authenticator=gone)


@admin.register(UserSession)
class SessionAdmin(TakeAway):
    """A deleted session signs its browser out."""

    list_display = ["user", "device", "ip", "created_at", "last_seen_at"]
    list_filter = ["last_seen_at"]
    fields = ["user", "device", "ip", "created_at", "last_seen_at"]
    search_fields = [*TakeAway.search_fields, "=ip"]
    ordering = ["-last_seen_at"]

    @admin.display(description=_("device"))
    def device(self, session: UserSession) -> str:
        """Browser and system."""
        return describe_device(session.user_agent)

    def delete_model(self, request: HttpRequest, obj: UserSession) -> None:
        """Ends the session."""
        end_session(user=obj.user, session_id=obj.pk)


@admin.register(SocialAccount)
class ElsewhereAdmin(TakeAway):
    """A deleted one does not open the account here any more."""

    list_display = ["user", "provider", "uid", "date_joined", "last_login"]
    list_filter = ["provider", "last_login"]
    fields = ["user", "provider", "uid", "date_joined", "last_login"]
    search_fields = [*TakeAway.search_fields, "=uid"]
    ordering = ["-last_login"]

    def delete_model(self, request: HttpRequest, obj: SocialAccount) -> None:
        """Disconnects it."""
        obj.delete()
        social_account_removed.send(sender=SocialAccount, request=request, socialaccount=obj)
