"""The account page on which users take their data away."""

from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from chatbot.accounts.models import User
from chatbot.lib.errors import AppError, NotFound
from conversations.exports.services import MOST, delete_export, expires_at, exports_of, request_export
from conversations.models import Export


class ExportRequest(HttpRequest):
    """A request of somebody who is signed in, as `login_required` leaves no other."""

    user: User


class ExportForm(forms.Form):
    """In which form."""

    format = forms.ChoiceField(
        label=_("Format"),
        choices=[
            (Export.Format.JSON, _("JSON, complete")),
            (Export.Format.MARKDOWN, _("Markdown, to be read")),
        ],
    )


def _render(request: ExportRequest, form: ExportForm) -> HttpResponse:
    exports = [
        {"export": export, "until": expires_at(export), "runs": export.status in {"queued", "running"}}
        for export in exports_of(request.user).select_related("conversation")[:MOST]
    ]
    running = any(shown["runs"] for shown in exports)
    return render(request, "account/exports.html", {"form": form, "exports": exports, "running": running})


@never_cache
@require_safe
@login_required
def exports(request: ExportRequest) -> HttpResponse:
    """What was asked for, how far it is, and where it is to be had."""
    return _render(request, ExportForm())


@never_cache
@require_POST
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]
def begin_export(request: ExportRequest) -> HttpResponse:
    """Asks for the whole account."""
    form = ExportForm(request.POST)
    if form.is_valid():
        try:
            request_export(user=request.user, form=Export.Format(form.cleaned_data["format"]))
        except AppError as error:
            form.add_error(None, error.message)
        else:
            return redirect("account_exports")
    return _render(request, form)


@require_POST
@login_required
def remove_export(request: ExportRequest, export_id: UUID) -> HttpResponse:
    """Deletes an export with its file."""
    try:
        delete_export(user=request.user, export_id=export_id)
    except NotFound as error:
        raise Http404 from error
    except AppError as error:
        messages.error(request, error.message)
    return redirect("account_exports")
