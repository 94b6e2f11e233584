"""Staff page of the prompts that staff share, and of what users think of the answers that came with them."""

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from conversations.models import Conversation, Feedback, Preset
from conversations.presets import ratings_of


@admin.register(Preset)
class PresetAdmin(admin.ModelAdmin[Preset]):
    list_display = ["name", "position", "enabled", "model", "for_whom", "begun"]
    list_editable = ["position", "enabled"]
    list_filter = ["enabled", "tiers"]
    search_fields = ["name", "text"]
    filter_horizontal = ["tiers"]
    fields = ["name", "text", "model", "tiers", "position", "enabled", "begun", "ratings"]
    readonly_fields = ["begun", "ratings"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Preset]:
        """What staff share; users' own are nobody's business."""
        shared = super().get_queryset(request).filter(user=None)
        begun = Conversation.objects.filter(preset=OuterRef("pk")).order_by().values("preset")
        count = Subquery(begun.annotate(count=Count("pk")).values("count"))
        return shared.prefetch_related("tiers").annotate(conversation_count=count)

    def save_model(self, request: HttpRequest, obj: Preset, form: object, change: bool) -> None:
        """Without a user, whoever saves it: it is for all of its tiers."""
        obj.user = None
        obj.save()

    @admin.display(description=_("for"))
    def for_whom(self, preset: Preset) -> str:
        """The tiers."""
        return ", ".join(tier.name for tier in preset.tiers.all()) or str(_("everybody"))

    @admin.display(description=_("conversations"))
    def begun(self, preset: Preset) -> int:
        """How many began with it and are still there."""
        return int(getattr(preset, "conversation_count", None) or 0)

    @admin.display(description=_("ratings"))
    def ratings(self, preset: Preset) -> str:
        """What users think of the answers in those conversations."""
        counts = ratings_of([preset.pk])[preset.pk]
        good, bad = counts[Feedback.Rating.UP], counts[Feedback.Rating.DOWN]
        return _("%(good)d good, %(bad)d bad") % {"good": good, "bad": bad}
