"""Providers with a connection test, their keys, language models."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from chatbot.accounts.models import User
from streaming.models import LanguageModel, Provider, ProviderKey
from streaming.provider_services import rotate_provider_keys, save_provider_key, test_connection


class ProviderKeyForm(forms.ModelForm[ProviderKey]):
    """Takes a key in, and never shows it: an empty field keeps what is stored."""

    new_value = forms.CharField(
        label=_("key"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Stored encrypted and never shown again. Leave empty to keep the stored key."),
    )

    class Meta:
        model = ProviderKey
        fields = ["provider", "label", "enabled"]

    def clean(self) -> dict[str, Any]:
        """A new row needs a key."""
        data = super().clean() or self.cleaned_data
        if self.instance.pk is None and not data.get("new_value"):
            self.add_error("new_value", _("Enter the key."))
        return data

    def save(self, commit: bool = True) -> ProviderKey:
        """Puts the entered key on the row."""
        if value := self.cleaned_data.get("new_value"):
            self.instance.value = value
        return super().save(commit)


@admin.register(ProviderKey)
class ProviderKeyAdmin(admin.ModelAdmin[ProviderKey]):
    form = ProviderKeyForm
    fields = ["provider", "label", "new_value", "enabled", "ending", "created_at", "rotated_at"]
    readonly_fields = ["ending", "created_at", "rotated_at"]
    list_display = ["__str__", "provider", "enabled", "created_at", "rotated_at"]
    list_filter = ["provider", "enabled"]
    list_select_related = ["provider"]
    actions = ["rotate"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProviderKey]:
        """Lists without opening the sealed values."""
        return super().get_queryset(request).defer("value")

    def save_model(self, request: HttpRequest, obj: ProviderKey, form: forms.ModelForm[Any], change: bool) -> None:
        """Stores through the service."""
        save_provider_key(key=obj, actor=cast(User, request.user))

    @admin.action(description=_("Encrypt all keys anew with the current encryption key"))
    def rotate(self, request: HttpRequest, queryset: QuerySet[ProviderKey]) -> None:
        """Rotates every key, selected or not: a half-rotated store keeps the old encryption key alive."""
        count = rotate_provider_keys(actor=cast(User, request.user))
        self.message_user(request, _("%d keys were encrypted anew.") % count)


class LanguageModelInline(admin.TabularInline[LanguageModel, Provider]):
    model = LanguageModel
    extra = 0
    fields = ["name", "slug", "provider_model", "context_window", "max_output_tokens", "enabled", "is_default"]
    prepopulated_fields = {"slug": ["name"]}
    show_change_link = True


@admin.register(Provider)
class ProviderAdmin(admin.ModelAdmin[Provider]):
    list_display = ["name", "base_url", "enabled", "from_environment"]
    list_filter = ["enabled"]
    prepopulated_fields = {"slug": ["name"]}
    readonly_fields = ["from_environment"]
    inlines = [LanguageModelInline]
    actions = ["test_connection"]

    @admin.action(description=_("Test connection"))
    def test_connection(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        """Asks each model of the selected providers for a word, and says how that went."""
        for provider in queryset:
            for test in test_connection(provider=provider):
                if test.error is None:
                    text = _("%(target)s works: first token after %(ms)d ms.")
                    messages.success(request, text % {"target": test.target, "ms": test.first_token_ms})
                else:
                    text = _("%(target)s does not work: %(error)s")
                    messages.error(request, text % {"target": test.target, "error": test.error})


@admin.register(LanguageModel)
class LanguageModelAdmin(admin.ModelAdmin[LanguageModel]):
    list_display = ["name", "slug", "provider", "provider_model", "context_window", "enabled", "is_default", "fallback"]
    list_filter = ["provider", "enabled"]
    list_select_related = ["provider", "fallback"]
    prepopulated_fields = {"slug": ["name"]}
