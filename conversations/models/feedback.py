"""Feedback."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from conversations.models.message import Message


class Feedback(models.Model):
    """What a user thinks of an answer. There is one for an answer; the last word counts."""

    class Rating(models.IntegerChoices):
        """Thumbs."""

        DOWN = -1, _("bad")
        UP = 1, _("good")

    class Reason(models.TextChoices):
        """What was wrong, or right."""

        CORRECT = "correct", _("correct")
        HELPFUL = "helpful", _("helpful")
        INCORRECT = "incorrect", _("not correct")
        UNHELPFUL = "unhelpful", _("not helpful")
        INSTRUCTIONS = "instructions", _("did not do as told")
        STYLE = "style", _("style")
        UNSAFE = "unsafe", _("unsafe or offensive")
        OTHER = "other", _("something else")

    message = models.OneToOneField(Message, on_delete=models.CASCADE, primary_key=True, related_name="feedback")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    rating = models.SmallIntegerField(_("rating"), choices=Rating)
    reason = models.CharField(_("reason"), max_length=16, choices=Reason, blank=True)
    comment = models.TextField(_("comment"), max_length=2_000, blank=True)
    created_at = models.DateTimeField(_("given"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("changed"), db_default=Now(), editable=False)

    class Meta:
        db_table = "feedback"
        verbose_name = _("feedback")
        verbose_name_plural = _("feedback")
        ordering = ["-updated_at"]
        indexes = [models.Index(fields=["-updated_at"], name="feedback_newest")]

    def __str__(self) -> str:
        return self.get_rating_display()
