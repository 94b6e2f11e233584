"""Provider, its keys, and LanguageModel."""

from decimal import Decimal
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from chatbot.lib.crypto import EncryptedTextField


def check_base_url(value: str) -> None:
    """Refuses what no request can go to. Django's own check would refuse host names inside a network, like `ollama`."""
    try:
        parts = urlsplit(value)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid or any(char.isspace() for char in value):
        raise ValidationError(_("Write it as http://host/v1 or https://host/v1."))


class Provider(models.Model):
    """Somebody who runs language models behind an OpenAI-compatible address."""

    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(_("name"), max_length=80)
    base_url = models.CharField(
        _("base URL"), max_length=300, validators=[check_base_url], help_text=_("Ends with /v1 for most providers.")
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    from_environment = models.BooleanField(
        _("set by the environment"),
        default=False,
        editable=False,
        help_text=_("Address and key follow OPENAI_BASE_URL and OPENAI_API_KEY at every start."),
    )

    class Meta:
        verbose_name = _("provider")
        verbose_name_plural = _("providers")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ProviderKey(models.Model):
    """A key of ours for a provider, encrypted at rest. The newest enabled one is used."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="keys", verbose_name=_("provider"))
    label = models.CharField(_("label"), max_length=80, default="default")
    value = EncryptedTextField(_("key"))
    ending = models.CharField(_("ends with"), max_length=4, blank=True, editable=False)
    enabled = models.BooleanField(_("enabled"), default=True)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    rotated_at = models.DateTimeField(_("encrypted anew"), null=True, editable=False)

    class Meta:
        verbose_name = _("provider key")
        verbose_name_plural = _("provider keys")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.label} (…{self.ending})"


class LanguageModel(models.Model):
    """A model that users may choose."""

    slug = models.SlugField(_("slug"), max_length=100, unique=True)
    name = models.CharField(_("name"), max_length=80)
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="models", verbose_name=_("provider"))
    provider_model = models.CharField(_("name at the provider"), max_length=200)
    context_window = models.PositiveIntegerField(
        _("context window"), default=8_192, validators=[MinValueValidator(512)], help_text=_("In tokens.")
    )
    max_output_tokens = models.PositiveIntegerField(
        _("longest answer"), default=1_024, validators=[MinValueValidator(1)], help_text=_("In tokens.")
    )
    temperature = models.DecimalField(
        _("temperature"),
        max_digits=3,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(2))],
    )
    parameters = models.JSONField(
        _("further parameters"), default=dict, blank=True, help_text=_("Sent with every request, for example seed.")
    )
    can_prefill = models.BooleanField(
        _("continues answers"),
        default=False,
        help_text=_(
            "An assistant's message at the end of a request is continued, and not repeated (llama.cpp does so, OpenAI "
            "does not). An answer that was cut then goes on where it was; otherwise it begins anew."
        ),
    )
    can_see = models.BooleanField(
        _("sees images"),
        default=False,
        db_default=False,
        help_text=_("Images that users attach are sent to it. To other models they are only mentioned."),
    )
    fallback = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("fallback")
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    is_default = models.BooleanField(_("default"), default=False)

    class Meta:
        verbose_name = _("language model")
        verbose_name_plural = _("language models")
        ordering = ["-is_default", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="streaming_one_default_model"
            )
        ]

    def __str__(self) -> str:
        return self.name
