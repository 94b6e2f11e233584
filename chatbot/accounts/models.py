"""User, Tier, AccessKey and TokenFamily."""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import AbstractUser
from django.core.validators import MinValueValidator
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from chatbot.lib.ids import bucket_of


class Tier(models.Model):
    """What a group of users may use. Every user has exactly one."""

    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(_("name"), max_length=80)
    is_default = models.BooleanField(_("given to new users"), default=False)
    messages_per_minute = models.PositiveIntegerField(
        _("messages a minute"), default=20, validators=[MinValueValidator(1)]
    )
    concurrent_generations = models.PositiveIntegerField(
        _("answers at the same time"), default=3, validators=[MinValueValidator(1)]
    )
    max_message_length = models.PositiveIntegerField(
        _("characters in a message"), default=32_000, validators=[MinValueValidator(1)]
    )
    requests_per_minute = models.PositiveIntegerField(
        _("API requests a minute"), default=600, validators=[MinValueValidator(1)]
    )
    max_attachment_bytes = models.PositiveBigIntegerField(
        _("bytes of one attachment"), default=20_000_000, validators=[MinValueValidator(1)]
    )
    storage_bytes = models.PositiveBigIntegerField(_("bytes of all attachments"), default=1_000_000_000)
    retention_days = models.PositiveIntegerField(
        _("days that conversations are kept"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Counted from the last message. Empty: for ever."),
    )

    class Meta:
        verbose_name = _("tier")
        verbose_name_plural = _("tiers")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="accounts_one_default_tier"
            )
        ]

    def __str__(self) -> str:
        return self.name


def default_tier_id() -> int:
    """The tier of new users; made with its defaults when there is none yet."""
    default = Tier.objects.filter(is_default=True).first()
    if default is None:
        # Staff may have taken the mark from the first tier: then it serves on.
        default, _ = Tier.objects.get_or_create(slug="standard", defaults={"name": "Standard", "is_default": True})
    return default.pk


class User(AbstractUser):
    """A person or a program that talks to the chatbot."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    tier = models.ForeignKey(Tier, on_delete=models.PROTECT, related_name="users", blank=True, verbose_name=_("tier"))
    can_use_chat = models.BooleanField(
        _("may use the chat"), default=True, help_text=_("Switch off to keep the account but end its use of the chat.")
    )

    legal_hold = models.BooleanField(
        _("legal hold"), default=False, help_text=_("Nothing of this account is deleted, by nobody and no rule.")
    )
    # Celery deletes what such an account holds, and then the account.
    deletion_requested_at = models.DateTimeField(_("deletion asked for"), null=True, editable=False)
    # Rises with every change of the password: access keys and tokens made before are dead.
    credentials_version = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    class Meta(AbstractUser.Meta):
        abstract = False
        indexes = [
            models.Index(
                fields=["deletion_requested_at"],
                condition=models.Q(deletion_requested_at__isnull=False),
                name="accounts_users_to_delete",
            )
        ]

    _password: str | None
    _password_set = False

    def set_password(self, raw_password: str | None) -> None:
        """Sets a password; once it is saved, every credential from before is dead."""
        super().set_password(raw_password)
        self._password_set = True

    def set_unusable_password(self) -> None:
        """Leaves the user without a password, with the same consequence."""
        super().set_unusable_password()
        self._password_set = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Gives a new user the default tier, and a new password its new `credentials_version`."""
        if self.tier_id is None:
            self.tier_id = default_tier_id()
        fields: Iterable[str] | None = kwargs.get("update_fields")
        if not self._password_set or (fields is not None and "password" not in fields):
            super().save(*args, **kwargs)
            return
        # This is how Django stores the same password under a stronger hash.
        is_same = fields == ["password"] and self._password is None and self.has_usable_password()
        with transaction.atomic():
            if not is_same and not self._state.adding:
                locked = User.objects.select_for_update().filter(pk=self.pk)
                self.credentials_version = (locked.values_list("credentials_version", flat=True).first() or 0) + 1
                if fields is not None:
                    kwargs["update_fields"] = {*fields, "credentials_version"}
            super().save(*args, **kwargs)
        self._password_set = False

    def get_session_auth_hash(self) -> str:
        """What must be the same for a session to live on: password and `credentials_version`."""
        return f"{super().get_session_auth_hash()}.{self.credentials_version}"

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """The same under the secrets before SECRET_KEY."""
        for earlier in super().get_session_auth_fallback_hash():
            yield f"{earlier}.{self.credentials_version}"

    @property
    def bucket(self) -> int:
        """The bucket (0-255) that all ids of this user begin with."""
        return bucket_of(self.id)

    @property
    def may_use_chat(self) -> bool:
        """Whether the account is active and allowed to chat."""
        return self.is_active and self.can_use_chat


class AccessKey(models.Model):
    """A credential of a program: `ck-…`. Only its hash is kept; the key itself is shown once."""

    class Scope(models.TextChoices):
        """What the key may do."""

        READ = "read", _("read")
        CHAT = "chat", _("read and chat")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="access_keys", verbose_name=_("user"))
    name = models.CharField(_("name"), max_length=80)
    start = models.CharField(_("begins with"), max_length=12, editable=False)
    credentials_version = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    scope = models.CharField(_("scope"), max_length=8, choices=Scope, default=Scope.CHAT)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("access key")
        verbose_name_plural = _("access keys")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.start}…)"


class TokenFamily(models.Model):
    """One log-in of a program: the line of refresh tokens that began with it. Only the newest of them is good.

    A spent one that comes again was stolen, or its thief came first: the family ends.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="token_families", verbose_name=_("user"))
    current = models.UUIDField(default=uuid4, editable=False)
    # The one spent last: who sends it again within seconds has lost a race, and is no thief.
    previous = models.UUIDField(null=True, editable=False)
    credentials_version = models.PositiveIntegerField(default=0, editable=False)
    user_agent = models.CharField(_("program"), max_length=200, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    refreshed_at = models.DateTimeField(_("last refreshed"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("token family")
        verbose_name_plural = _("token families")
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["expires_at"], name="accounts_families_by_end")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.created_at:%Y-%m-%d %H:%M}"
