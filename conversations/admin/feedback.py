"""Staff page of feedback: what users think of answers."""

from django.contrib import admin

from chatbot.lib.admin import ReadOnly
from conversations.models import Feedback


@admin.register(Feedback)
class FeedbackAdmin(ReadOnly, admin.ModelAdmin[Feedback]):
    list_display = ["updated_at", "rating", "reason", "user", "comment"]
    list_filter = ["rating", "reason", "updated_at"]
    list_select_related = ["user"]
    search_fields = ["user__username", "comment"]
    show_full_result_count = False
    fields = ["user", "rating", "reason", "comment", "answer", "created_at", "updated_at"]
    readonly_fields = ["answer"]

    @admin.display(description="answer")
    def answer(self, feedback: Feedback) -> str:
        """What was rated."""
        return feedback.message.content
