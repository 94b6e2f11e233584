"""Completions: calls of programs, what they cost, how they ended. Read only."""

from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from chatbot.lib.admin import ReadOnly
from streaming.models import Completion

# What stands before the id where clients see it.
PREFIX = "chatcmpl-"


@admin.register(Completion)
class CompletionAdmin(ReadOnly, admin.ModelAdmin[Completion]):
    list_display = (
        "created_at",
        "status",
        "user",
        "language_model",
        "prompt_tokens",
        "completion_tokens",
        "estimated",
        "duration",
        "error_code",
    )
    list_filter = ["status", "language_model", "error_code", "created_at"]
    list_select_related = ["user", "language_model"]
    search_fields = ["user__username", "user__email"]
    search_help_text = _("User, or the id of a completion as its client knows it.")
    show_full_result_count = False
    readonly_fields = ("id", *list_display, "finished_at", "expires_at")
    fields = readonly_fields

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Completion], search_term: str
    ) -> tuple[QuerySet[Completion], bool]:
        """An id is looked up by its index; anything else is searched for."""
        try:
            identifier = UUID(search_term.strip().removeprefix(PREFIX))
        except ValueError:
            return super().get_search_results(request, queryset, search_term)
        return queryset.filter(pk=identifier), False

    @admin.display(description=_("seconds"))
    def duration(self, completion: Completion) -> str:
        """From the call to its end."""
        if completion.finished_at is None:
            return ""
        return f"{(completion.finished_at - completion.created_at).total_seconds():.1f}"
