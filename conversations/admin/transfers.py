"""Staff pages of exports and imports: what leaves and what comes, and how far it is."""

from django.contrib import admin

from chatbot.lib.admin import ReadOnly
from conversations.models import Export, Import


@admin.register(Export)
class ExportAdmin(ReadOnly, admin.ModelAdmin[Export]):
    """Without the file: it is its owner's."""

    list_display = ["created_at", "user", "conversation_id", "format", "status", "done", "total", "size", "finished_at"]
    list_filter = ["status", "format", "created_at"]
    list_select_related = ["user"]
    search_fields = ["user__username"]
    show_full_result_count = False
    fields = [
        *("user", "conversation", "format", "status", "error", "done", "total", "size"),
        *("created_at", "finished_at", "alive_at", "attempt"),
    ]


@admin.register(Import)
class ImportAdmin(ReadOnly, admin.ModelAdmin[Import]):
    """Without the file."""

    list_display = ["created_at", "user", "status", "done", "total", "imported", "skipped", "finished_at"]
    list_filter = ["status", "created_at"]
    list_select_related = ["user"]
    search_fields = ["user__username"]
    show_full_result_count = False
    fields = [
        *("user", "status", "error", "done", "total", "imported", "skipped", "problems", "size", "sha256"),
        *("created_at", "finished_at", "alive_at", "attempt"),
    ]
