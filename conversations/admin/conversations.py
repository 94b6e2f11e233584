"""Staff pages of conversations: a list, and a conversation as one readable page."""

from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from chatbot.accounts.models import User
from conversations.deletion import delete_conversation
from conversations.models import Conversation
from conversations.selectors import page_before
from conversations.signals import conversation_deleted_by_staff

# Messages on the staff's page of one conversation: the newest.
SHOWN = 200


@admin.register(Conversation)
class ConversationAdmin(admin.ModelAdmin[Conversation]):
    list_display = ["__str__", "user", "message_count", "total_tokens", "last_message_at", "archived", "deleted_at"]
    list_select_related = ["user"]
    list_filter = ["archived", "last_message_at"]
    search_fields = ["title", "user__username", "user__email"]
    search_help_text = _("Title, user, or the id of a conversation.")
    show_full_result_count = False
    view_on_site = False  # the chat page is its owner's alone
    ordering = ["-last_message_at", "-id"]
    readonly_fields: ClassVar[list[str]] = [
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
        "expires_at",
        "restored_at",
        "deleted_at",
    ]
    fields = (*readonly_fields,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        """Also what is being deleted: a legal hold may have come before the end of it."""
        return Conversation.with_deleted.order_by(*self.ordering)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Conversations are made by their users."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Conversation | None = None) -> bool:
        """Staff read; nobody rewrites what was said."""
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Conversation], search_term: str
    ) -> tuple[QuerySet[Conversation], bool]:
        """An id is looked up by its index; anything else is searched for."""
        try:
            return queryset.filter(pk=UUID(search_term.strip())), False
        except ValueError:
            return super().get_search_results(request, queryset, search_term)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """Names the conversations only: their messages and answers go with them, and may be thousands. What is under a
        legal hold is protected.
        """
        names = [str(conversation) for conversation in objs]
        owners = User.objects.filter(pk__in={conversation.user_id for conversation in objs}, legal_hold=True)
        protected = [_("%(user)s is under a legal hold.") % {"user": owner} for owner in owners]
        return names, {str(self.opts.verbose_name_plural): len(names)}, set(), protected

    def delete_model(self, request: HttpRequest, obj: Conversation) -> None:
        """Deletes through the service, so that open pages hear of it, and on record."""
        if obj.deleted_at is not None:
            return
        messages = delete_conversation(user=obj.user, conversation_id=obj.pk)
        conversation_deleted_by_staff.send(
            sender=Conversation,
            staff=request.user,
            user_id=obj.user_id,
            conversation_id=obj.pk,
            messages=messages,
        )

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Conversation]) -> None:
        """Deletes the selected conversations one by one."""
        for conversation in queryset.select_related("user"):
            self.delete_model(request, conversation)

    @admin.display(description=_("messages"))
    def transcript(self, conversation: Conversation) -> SafeString:
        """The newest messages, oldest first."""
        messages, older = page_before(conversation, limit=SHOWN)
        return render_to_string("admin/transcript.html", {"transcript": messages, "older": older})
