"""The account pages: overview, profile, sessions, programs, deletion. Sign-in and factors are allauth's own pages."""

from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from chatbot.accounts import sessions
from chatbot.accounts.deletion import request_deletion
from chatbot.accounts.forms import AccessKeyForm, DeleteAccountForm, ProfileForm
from chatbot.accounts.models import AccessKey, TokenFamily, User
from chatbot.accounts.overview import describe_account, list_keys, list_programs
from chatbot.accounts.services import create_access_key, revoke_access_key
from chatbot.accounts.token_services import revoke_family
from chatbot.lib.errors import AppError


class AccountRequest(HttpRequest):
    """A request of somebody who is signed in, as `login_required` leaves no other."""

    user: User


@never_cache
@require_safe
@login_required
def overview(request: AccountRequest) -> HttpResponse:
    """What there is, in one look."""
    account = describe_account(user=request.user, session_key=request.session.session_key)
    return render(request, "account/overview.html", {"account": account, "oidc": bool(settings.OIDC_ISSUER)})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def profile(request: AccountRequest) -> HttpResponse:
    """The names."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your profile was saved."))
        return redirect("account_overview")
    return render(request, "account/profile.html", {"form": form})


@never_cache
@require_safe
@login_required
def session_list(request: AccountRequest) -> HttpResponse:
    """Where the user is signed in."""
    found = sessions.list_sessions(user=request.user, current=request.session.session_key)
    return render(request, "usersessions/usersession_list.html", {"sessions": found})


@require_POST
@login_required
def end_session(request: AccountRequest, session_id: int) -> HttpResponse:
    """Ends one session."""
    if not sessions.end_session(user=request.user, session_id=session_id):
        raise Http404
    messages.success(request, _("The session was ended."))
    return redirect("usersessions_list")


@require_POST
@login_required
def end_other_sessions(request: AccountRequest) -> HttpResponse:
    """Ends all sessions but this one."""
    count = sessions.end_other_sessions(user=request.user, keep=request.session.session_key)
    messages.success(request, ngettext("%d session was ended.", "%d sessions were ended.", count) % count)
    return redirect("usersessions_list")


@never_cache
@require_safe
@login_required
def programs(request: AccountRequest) -> HttpResponse:
    """What is connected: access keys and programs that were logged in with the password."""
    return _render_programs(request, AccessKeyForm())


@never_cache
@require_POST
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]
def create_key(request: AccountRequest) -> HttpResponse:
    """Makes an access key and shows its secret, on this answer and never again."""
    form = AccessKeyForm(request.POST)
    if form.is_valid():
        try:
            _key, secret = create_access_key(user=request.user, **form.values())
        except AppError as error:
            form.add_error(None, error.message)
        else:
            return _render_programs(request, AccessKeyForm(), secret=secret, name=form.cleaned_data["name"])
    return _render_programs(request, form)


def _render_programs(request: AccountRequest, form: AccessKeyForm, **more: str) -> HttpResponse:
    user = request.user
    shown = {"form": form, "keys": list_keys(user=user), "programs": list_programs(user=user), **more}
    return render(request, "account/programs.html", shown)


@require_POST
@login_required
def revoke_key(request: AccountRequest, key_id: UUID) -> HttpResponse:
    """Ends an access key."""
    key = AccessKey.objects.filter(user=request.user, pk=key_id).first()
    if key is None:
        raise Http404
    revoke_access_key(key=key)
    messages.success(request, _("The access key was revoked."))
    return redirect("account_programs")


@require_POST
@login_required
def revoke_program(request: AccountRequest, family_id: UUID) -> HttpResponse:
    """Logs a program out."""
    family = TokenFamily.objects.filter(user=request.user, pk=family_id).first()
    if family is None:
        raise Http404
    revoke_family(family=family)
    messages.success(request, _("The program was signed out."))
    return redirect("account_programs")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]
def delete_account(request: AccountRequest) -> HttpResponse:
    """Deletes the account after a proof of who asks, and a word typed."""
    form = DeleteAccountForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            request_deletion(user=request.user, request=request)
        except AppError as error:
            form.add_error(None, error.message)
        else:
            logout(request)
            messages.success(request, _("Your account is closed. What it held is being deleted now."))
            return redirect("account_login")
    return render(request, "account/delete.html", {"form": form})
