"""Preset."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from chatbot.accounts.models import Tier

NAME_LENGTH = 80
TEXT_LENGTH = 8_000


class Preset(models.Model):
    """A prompt that conversations begin with: a user's own, or without a user one that staff share."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        editable=False,
        related_name="presets",
        db_index=False,  # presets_of_user begins with it
        verbose_name=_("user"),
    )
    name = models.CharField(_("name"), max_length=NAME_LENGTH)
    text = models.TextField(_("text"), max_length=TEXT_LENGTH, help_text=_("Becomes the system prompt."))
    model = models.CharField(
        _("model"), max_length=100, blank=True, help_text=_("The short name of a model. Empty: the usual one.")
    )
    tiers = models.ManyToManyField(
        Tier, blank=True, related_name="+", verbose_name=_("for tiers"), help_text=_("None: for everybody.")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0, help_text=_("The lowest stands first."))
    enabled = models.BooleanField(
        _("offered"), default=True, help_text=_("Switch off to offer it no more, but keep what was said of it.")
    )
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        db_table = "presets"
        verbose_name = _("prompt preset")
        verbose_name_plural = _("prompt presets")
        ordering = ["position", "name", "id"]
        indexes = [
            models.Index(fields=["user", "name", "id"], name="presets_of_user"),
            models.Index(
                fields=["position", "name", "id"], condition=models.Q(user__isnull=True), name="presets_shared"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shared(self) -> bool:
        """Whether staff made it for others."""
        return self.user_id is None

    def model_config(self) -> dict[str, str]:
        """What a conversation begins with that is made from it."""
        return {"system_prompt": self.text, **({"model": self.model} if self.model else {})}
