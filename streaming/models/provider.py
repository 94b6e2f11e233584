"""Provider, its keys, LanguageModel, Generation and Completion."""

from decimal import Decimal
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from chatbot.lib.crypto import EncryptedTextField
from conversations.models import Conversation, Message

ATTEMPTS = 3


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


class Generation(models.Model):
    """The making of one reply. The row is the queue and the outbox: what is committed here will be answered.

    `attempt` is the fencing token: every write of an engine names the attempt it claimed. `checkpoint` is the text that
    was published up to `checkpoint_seq`.
    """

    class Status(models.TextChoices):
        """design: queued -> running -> terminal; running -> retrying -> queued; running -> queued on a lost lease."""

        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        RETRYING = "retrying", _("retrying")
        COMPLETED = "completed", _("completed")
        STOPPED = "stopped", _("stopped")
        FAILED = "failed", _("failed")
        BLOCKED = "blocked", _("blocked")
        HELD = "held", _("held")

    ACTIVE = (Status.QUEUED, Status.RUNNING, Status.RETRYING)

    id = models.UUIDField(primary_key=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="generations",
        db_index=False,  # generations_client_message_id begins with it
    )
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="generations")
    prompt = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+", verbose_name=_("prompt"))
    message = models.OneToOneField(
        Message, on_delete=models.CASCADE, related_name="generation", verbose_name=_("answer")
    )
    client_message_id = models.UUIDField(default=uuid4)
    body_hash = models.CharField(max_length=64, blank=True)
    language_model = models.ForeignKey(
        LanguageModel, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("model")
    )
    status = models.CharField(_("status"), max_length=16, choices=Status, default=Status.QUEUED)
    attempt = models.PositiveIntegerField(_("attempts"), default=0)
    attempts_allowed = models.PositiveIntegerField(default=ATTEMPTS)
    stop_requested = models.BooleanField(default=False)
    engine = models.CharField(_("engine"), max_length=80, blank=True)
    lease_expires_at = models.DateTimeField(_("lease until"), null=True)
    due_at = models.DateTimeField(_("due"), null=True)
    checkpoint = models.TextField(blank=True)
    checkpoint_seq = models.PositiveBigIntegerField(default=0)
    error_code = models.CharField(_("error"), max_length=40, blank=True)
    error_message = models.TextField(_("error message"), blank=True)
    metadata = models.JSONField(default=dict)
    created_at = models.DateTimeField(_("accepted"), db_default=Now(), editable=False)
    queued_at = models.DateTimeField(_("asked for"), db_default=Now(), editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        db_table = "generations"
        verbose_name = _("generation")
        verbose_name_plural = _("generations")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "client_message_id"], name="generations_client_message_id"),
        ]
        indexes = [
            models.Index(
                fields=["user"],
                condition=models.Q(status__in=["queued", "running", "retrying"]),
                name="generations_active",
            ),
            models.Index(fields=["user", "-created_at"], name="generations_of_user"),
            models.Index(fields=["queued_at"], condition=models.Q(status="queued"), name="generations_queued"),
            models.Index(fields=["due_at"], condition=models.Q(status="retrying"), name="generations_retrying"),
            models.Index(fields=["lease_expires_at"], condition=models.Q(status="running"), name="generations_running"),
        ]

    def __str__(self) -> str:
        return f"{self.get_status_display()} ({self.attempt})"


class Completion(models.Model):
    """One call of the OpenAI-compatible door. It is bound to its request and keeps no text: only what limits, usage and
    staff need. A process that died left `running` behind; past `expires_at` that no longer counts.
    """

    class Status(models.TextChoices):
        """How the call ended."""

        RUNNING = "running", _("running")
        COMPLETED = "completed", _("completed")
        CANCELLED = "cancelled", _("cancelled by the client")
        FAILED = "failed", _("failed")
        BLOCKED = "blocked", _("blocked")

    id = models.UUIDField(primary_key=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="completions")
    language_model = models.ForeignKey(
        LanguageModel, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("model")
    )
    status = models.CharField(_("status"), max_length=16, choices=Status, default=Status.RUNNING)
    prompt_tokens = models.PositiveIntegerField(_("prompt tokens"), default=0)
    completion_tokens = models.PositiveIntegerField(_("answer tokens"), default=0)
    # The provider did not tell.
    estimated = models.BooleanField(_("estimated"), default=False)
    error_code = models.CharField(_("error"), max_length=40, blank=True)
    created_at = models.DateTimeField(_("asked"), db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        db_table = "completions"
        verbose_name = _("API completion")
        verbose_name_plural = _("API completions")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="completions_of_user"),
            models.Index(fields=["user"], condition=models.Q(status="running"), name="completions_running"),
        ]

    def __str__(self) -> str:
        return self.get_status_display()
