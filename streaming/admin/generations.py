"""Generations: what was asked for, how it went. Read only."""

from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from streaming.models import Generation


@admin.register(Generation)
class GenerationAdmin(admin.ModelAdmin[Generation]):
    list_display = ["created_at", "status", "user", "language_model", "attempt", "first_token", "error_code", "engine"]
    list_filter = ["status", "language_model", "error_code", "created_at"]
    list_select_related = ["user", "language_model"]
    search_fields = ["user__username", "user__email"]
    search_help_text = _("User, or the id of a generation or of its answer.")
    show_full_result_count = False
    readonly_fields = (
        "id",
        "status",
        "user",
        "conversation",
        "language_model",
        "attempt",
        "attempts_allowed",
        "engine",
        "lease_expires_at",
        "due_at",
        "created_at",
        "finished_at",
        "error_code",
        "error_message",
        "metadata",
    )
    fields = readonly_fields

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Generation], search_term: str
    ) -> tuple[QuerySet[Generation], bool]:
        """An id is looked up by its index; anything else is searched for."""
        try:
            identifier = UUID(search_term.strip())
        except ValueError:
            return super().get_search_results(request, queryset, search_term)
        return queryset.filter(Q(pk=identifier) | Q(message_id=identifier)), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Generations come from messages."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Generation | None = None) -> bool:
        """Their states change by services only."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Generation | None = None) -> bool:
        """They go with their conversation."""
        return False

    @admin.display(description=_("first token"))
    def first_token(self, generation: Generation) -> str:
        """Milliseconds from acceptance to the first token."""
        value = generation.metadata.get("first_token_ms")
        return "" if value is None else f"{value} ms"
