"""Policy and its rules."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from moderation.rules.text import RuleError, compile_rule


class Action(models.TextChoices):
    """What a verdict says, from mild to strict."""

    ALLOW = "allow", _("allow")
    FLAG = "flag", _("flag")
    BLOCK = "block", _("block")


class Policy(models.Model):
    """A named set of rules. Every enabled policy applies to every message; the strictest finding decides."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    description = models.TextField(_("description"), blank=True)
    enabled = models.BooleanField(_("enabled"), default=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class Rule(models.Model):
    """One thing to look for."""

    class Kind(models.TextChoices):
        """How `value` is read."""

        WORDS = "words", _("words or phrases, one a line")
        PATTERN = "pattern", _("RE2 patterns, one a line")
        MAX_LENGTH = "max_length", _("more characters than")

    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, related_name="rules", verbose_name=_("policy"))
    kind = models.CharField(_("kind"), max_length=16, choices=Kind, default=Kind.WORDS)
    value = models.TextField(_("value"))
    category = models.SlugField(_("category"), max_length=40, default="custom")
    action = models.CharField(
        _("action"), max_length=8, choices=[choice for choice in Action.choices if choice[0] != Action.ALLOW]
    )
    message = models.CharField(
        _("what the user reads"), max_length=300, blank=True, help_text=_("When the message is blocked.")
    )

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.category}: {self.get_kind_display()}"

    def clean(self) -> None:
        """Refuses what cannot be compiled, so that a typing error never reaches the screen."""
        try:
            compile_rule(self.kind, self.value)
        except RuleError as error:
            raise ValidationError({"value": str(error)}) from error
