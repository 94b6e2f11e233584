"""Generations: what was asked for, how it went. Read only."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from streaming.models import Generation


@admin.register(Generation)
class GenerationAdmin(admin.ModelAdmin[Generation]):
    list_display = ["created_at", "status", "user", "language_model", "attempt", "first_token", "error_code", "engine"]
    list_filter = ["status", "language_model", "error_code", "created_at"]
    list_select_related = ["user", "language_model"]
    search_fields = ["=id", "=message_id", "user__username"]
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
