"""The forms of the account pages."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chatbot.accounts.models import AccessKey, User


class ProfileForm(forms.ModelForm[User]):
    """What others may call the user."""

    class Meta:
        model = User
        fields = ["first_name", "last_name"]
        widgets = {
            "first_name": forms.TextInput(attrs={"autocomplete": "given-name"}),
            "last_name": forms.TextInput(attrs={"autocomplete": "family-name"}),
        }


class AccessKeyForm(forms.Form):
    """A new access key."""

    LIFETIMES = [("30", _("30 days")), ("90", _("90 days")), ("365", _("1 year")), ("", _("Until I revoke it"))]

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("Where you will use it, so that you know it again: “laptop script”."),
    )
    scope = forms.ChoiceField(
        label=_("What it may do"),
        choices=[
            (AccessKey.Scope.CHAT, _("Read and chat")),
            (AccessKey.Scope.READ, _("Read only")),
        ],
    )
    lifetime = forms.ChoiceField(label=_("Good for"), choices=LIFETIMES, required=False, initial="90")

    def values(self) -> dict[str, Any]:
        """The arguments of `create_access_key`."""
        days = self.cleaned_data["lifetime"]
        return {
            "name": self.cleaned_data["name"],
            "scope": self.cleaned_data["scope"],
            "expires_at": timezone.now() + timedelta(days=int(days)) if days else None,
        }


class DeleteAccountForm(forms.Form):
    """The username, typed, so that nobody deletes an account by a slip."""

    username = forms.CharField(
        label=_("Your username"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["username"].help_text = _("Type “%(name)s” to confirm.") % {"name": user.get_username()}

    def clean_username(self) -> str:
        """What was typed; raises ValidationError unless it is the username."""
        typed: str = self.cleaned_data["username"]
        if typed != self.user.get_username():
            raise forms.ValidationError(_("This is not your username."), code="mismatch")
        return typed
