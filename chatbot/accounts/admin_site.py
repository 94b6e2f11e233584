"""The admin's door: the log-in that everybody uses, and no second one beside it without the second factor."""

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _

from chatbot.accounts.models import User
from chatbot.accounts.second_factor import has_second_factor


def used_second_factor(request: HttpRequest) -> bool:
    """Whether this session has shown the user's second factor, or a passkey, and there still is one."""
    user = request.user
    if not isinstance(user, User):
        return False
    shown = any(record.get("method") == "mfa" for record in get_authentication_records(request, user))
    return shown and has_second_factor(user)


class StaffSite(AdminSite):
    """Django's admin. With REQUIRE_STAFF_MFA it opens only for sessions that have shown a second factor."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether the caller is staff, and has shown what is asked of staff."""
        return super().has_permission(request) and (not settings.REQUIRE_STAFF_MFA or used_second_factor(request))

    def login(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """Sends strangers to the log-in of all pages, and staff to where a second factor is set up or shown."""
        target = {REDIRECT_FIELD_NAME: _target(request)}
        user = request.user
        if not isinstance(user, User):
            return redirect(f"{resolve_url(settings.LOGIN_URL)}?{urlencode(target)}")
        if self.has_permission(request):
            return redirect(target[REDIRECT_FIELD_NAME])
        if not super().has_permission(request):
            raise PermissionDenied
        if has_second_factor(user):
            return redirect(f"{reverse('mfa_reauthenticate')}?{urlencode(target)}")
        messages.warning(
            request, _("The administration opens with a second factor only. Set one up, then sign in again.")
        )
        return redirect("mfa_index")

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """The page on which everybody changes the password."""
        return redirect("account_change_password")


def _target(request: HttpRequest) -> str:
    target = request.GET.get(REDIRECT_FIELD_NAME, "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if safe and not target.startswith(reverse("admin:login")) else reverse("admin:index")
