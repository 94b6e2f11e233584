"""Staff page of attachments: whose, what and how large. Staff delete; nothing of the content is shown."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from conversations.attachments.services import delete_attachment
from conversations.models import Attachment


@admin.register(Attachment)
class AttachmentAdmin(admin.ModelAdmin[Attachment]):
    list_display = ["name", "kind", "readable_size", "user", "used", "created_at"]
    list_select_related = ["user"]
    list_filter = ["kind", "created_at"]
    search_fields = ["name", "user__username", "user__email"]
    search_help_text = _("Name, user, or the id of an attachment.")
    show_full_result_count = False
    ordering = ["-created_at"]
    readonly_fields = (
        "id",
        "name",
        "kind",
        "media_type",
        "readable_size",
        "pixels",
        "user",
        "conversation",
        "created_at",
    )
    fields = readonly_fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attachment]:
        """Without the texts, which are long and the users' own."""
        return super().get_queryset(request).defer("text")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Attachment], search_term: str
    ) -> tuple[QuerySet[Attachment], bool]:
        """An id is looked up by its index; anything else is searched for."""
        try:
            return queryset.filter(pk=UUID(search_term.strip())), False
        except ValueError:
            return super().get_search_results(request, queryset, search_term)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Attachments are uploaded by their users."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Attachment | None = None) -> bool:
        """Nobody rewrites what was uploaded."""
        return False

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """Names the attachments: nothing else goes with them."""
        names = [str(attachment) for attachment in objs]
        return names, {str(self.opts.verbose_name_plural): len(names)}, set(), []

    def delete_model(self, request: HttpRequest, obj: Attachment) -> None:
        """Deletes through the service, so that messages say so."""
        delete_attachment(user=obj.user, attachment_id=obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Attachment]) -> None:
        """Deletes the selected attachments one by one."""
        for attachment in queryset.select_related("user"):
            self.delete_model(request, attachment)

    @admin.display(description=_("size"), ordering="size")
    def readable_size(self, attachment: Attachment) -> str:
        """Readable for people."""
        return filesizeformat(attachment.size)

    @admin.display(description=_("used"), boolean=True)
    def used(self, attachment: Attachment) -> bool:
        """Whether a message has named it."""
        return attachment.conversation_id is not None

    @admin.display(description=_("pixels"), empty_value="-")
    def pixels(self, attachment: Attachment) -> str | None:
        """Width and height."""
        return f"{attachment.width} × {attachment.height}" if attachment.width else None
