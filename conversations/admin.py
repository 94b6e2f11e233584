"""Staff pages of conversations: a list, and a conversation as one readable page."""

from typing import ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from conversations.models import Conversation
from conversations.selectors import page_before

# Messages on the staff's page of one conversation: the newest.
SHOWN = 200


@admin.register(Conversation)
class ConversationAdmin(admin.ModelAdmin[Conversation]):
    list_display = ["__str__", "user", "message_count", "total_tokens", "last_message_at", "archived"]
    list_select_related = ["user"]
    list_filter = ["archived", "last_message_at"]
    search_fields = ["=id", "title", "user__username", "user__email"]
    show_full_result_count = False
    ordering = ["-last_message_at", "-id"]
    fields = [
        "transcript",
        "user",
        "title",
        "model_config",
        "archived",
        "pinned",
        "folder",
        "message_count",
        "total_tokens",
        "created_at",
        "last_message_at",
    ]
    readonly_fields = fields

    class Media:
        css: ClassVar[dict[str, list[str]]] = {"all": ["transcript.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Conversations are made by their users."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Conversation | None = None) -> bool:
        """Staff read; nobody rewrites what was said."""
        return False

    @admin.display(description=_("messages"))
    def transcript(self, conversation: Conversation) -> SafeString:
        """The newest messages, oldest first."""
        messages, older = page_before(conversation, limit=SHOWN)
        return render_to_string("admin/transcript.html", {"transcript": messages, "older": older})
