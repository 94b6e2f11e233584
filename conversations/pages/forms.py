"""The forms about a conversation."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conversations.measures import (
    FOLDER_LENGTH,
    MODEL_LENGTH,
    MOST_TOKENS,
    SYSTEM_PROMPT_LENGTH,
    TEMPERATURES,
    TITLE_LENGTH,
)
from conversations.models import Conversation

ABOUT = ("title", "folder")
MODEL_CONFIG = ("model", "system_prompt", "temperature", "max_tokens")


class WrittenTextField(forms.CharField):
    """A text of several lines, kept as it was written. Browsers send its line breaks as CR LF."""

    widget = forms.Textarea

    def __init__(self, **options: Any) -> None:
        super().__init__(strip=False, **options)

    def to_python(self, value: Any) -> str:
        """The text, counted as it is kept."""
        return str(super().to_python(value) or "").replace("\r\n", "\n")


class ModelForm(forms.Form):
    """How answers are made. What is left out is as the service has it. The page itself offers the models."""

    model = forms.SlugField(label=_("Model"), max_length=MODEL_LENGTH, required=False)
    system_prompt = WrittenTextField(
        label=_("System prompt"),
        max_length=SYSTEM_PROMPT_LENGTH,
        required=False,
        help_text=_("What the model is told before everything else, in every answer."),
    )
    temperature = forms.FloatField(
        label=_("Temperature"),
        min_value=TEMPERATURES[0],
        max_value=TEMPERATURES[1],
        required=False,
        help_text=_("From 0, always nearly the same, to 2, full of surprises."),
    )
    max_tokens = forms.IntegerField(
        label=_("Longest answer, in tokens"),
        min_value=1,
        max_value=MOST_TOKENS,
        required=False,
        help_text=_("A token is about three quarters of a word."),
    )

    def model_config(self) -> dict[str, Any]:
        """The entries, None for those that are left out."""
        return {name: self.cleaned_data[name] or None for name in MODEL_CONFIG if name != "temperature"} | {
            "temperature": self.cleaned_data["temperature"]
        }


class ConversationForm(ModelForm):
    """All that can be said of a conversation."""

    title = forms.CharField(label=_("Title"), max_length=TITLE_LENGTH, required=False)
    folder = forms.CharField(label=_("Folder"), max_length=FOLDER_LENGTH, required=False)

    field_order = [*ABOUT, *MODEL_CONFIG]

    @staticmethod
    def values_of(conversation: Conversation) -> dict[str, Any]:
        """What the form begins with."""
        config = conversation.model_config
        about = {name: getattr(conversation, name) for name in ABOUT}
        return about | {name: config.get(name) for name in MODEL_CONFIG}

    def changes(self) -> dict[str, Any]:
        """The `changes` of `update_conversation`."""
        return {name: self.cleaned_data[name] for name in ABOUT} | {"model_config": self.model_config()}


class MarkForm(forms.Form):
    """One mark of a conversation, put on or taken off."""

    MARKS = ("pinned", "archived")

    mark = forms.ChoiceField(choices=[(name, name) for name in MARKS])
    on = forms.BooleanField(required=False)
